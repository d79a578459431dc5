//! Chain endpoints.
