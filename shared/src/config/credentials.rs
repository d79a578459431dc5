//! A name and a password, as rotation keeps them in one secret.

use serde::Deserialize;

use super::ConfigError;
use crate::secret::Secret;
use crate::secrets;

/// Who connects to a store.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The role or user.
    pub username: String,
    /// Its password.
    pub password: Secret,
}

/// What a secret of Secrets Manager holds for a database
/// (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html>).
#[derive(Deserialize)]
struct Stored {
    username: String,
    password: String,
}

impl Credentials {
    /// Those of the secret that `<part>_SECRET_ID` names; none where that is not set, because then the URL holds them.
    ///
    /// # Errors
    /// When the secret is of another form. The error does not quote it.
    pub fn of(part: &'static str) -> Result<Option<Self>, ConfigError> {
        let Some(secret) = secrets::value(part) else {
            return Ok(None);
        };
        let Stored { username, password } =
            serde_json::from_str(secret.expose()).map_err(|_| ConfigError::Invalid {
                name: part,
                reason: "its secret is not a JSON object with username and password".into(),
            })?;
        Ok(Some(Self {
            username,
            password: Secret::new(password),
        }))
    }
}
