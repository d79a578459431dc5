//! `resolve-registrations` and what it may connect to.

mod dns;
mod domains;
mod feedback;
mod fetching;
mod guard;
mod registrations;
mod web;
