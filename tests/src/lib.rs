//! Integration tests against real stores.
