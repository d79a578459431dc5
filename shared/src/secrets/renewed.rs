//! What is made of secrets, and made anew when they change.

use std::sync::{Mutex, PoisonError};

use super::STORE;
use crate::config::ConfigError;

/// Something of the whole process, such as a pool: one until a secret changes, then another one.
pub(crate) struct Shared<T>(Mutex<Option<(u64, T)>>);

impl<T: Clone> Shared<T> {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// The one that there is, else a new one.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn get_or_make(
        &self,
        make: impl FnOnce() -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        let generation = STORE.generation();
        // Held while it is made: two of them would each take connections.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_for, value)) = kept.as_ref()
            && *made_for == generation
        {
            return Ok(value.clone());
        }
        let value = make()?;
        *kept = Some((generation, value.clone()));
        Ok(value)
    }
}

/// What a function was started with, made anew in front of the first event after a secret changed.
pub(crate) struct Renewed<T, F> {
    make: F,
    shared: Shared<T>,
    first: T,
}

impl<T: Clone, F: Fn() -> Result<T, ConfigError>> Renewed<T, F> {
    /// Makes the first.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn new(make: F) -> Result<Self, ConfigError> {
        let shared = Shared::new();
        let first = shared.get_or_make(&make)?;
        Ok(Self {
            make,
            shared,
            first,
        })
    }

    /// The newest; the first, where what a secret holds now is of no use.
    pub(crate) fn get(&self) -> T {
        self.shared.get_or_make(&self.make).unwrap_or_else(|error| {
            tracing::error!(%error, "a changed secret is of no use");
            self.first.clone()
        })
    }
}
