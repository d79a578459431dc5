//! `resolve-registrations` and what it may connect to.

mod dns;
mod domains;
mod fetching;
mod guard;
mod registrations;
mod web;
