//! The request pipeline, through real functions: what every endpoint promises.

mod catalogue;
mod conditional;
mod environment;
mod hostile;
mod pages;
mod routes;
mod surface;
