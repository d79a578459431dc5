//! Everything that a function may call.
