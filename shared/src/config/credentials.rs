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
        let secret = secrets::value(part);
        secret.map(|secret| Self::parse(part, &secret)).transpose()
    }

    fn parse(part: &'static str, secret: &Secret) -> Result<Self, ConfigError> {
        let Stored { username, password } =
            serde_json::from_str(secret.expose()).map_err(|_| ConfigError::Invalid {
                name: part,
                reason: "its secret is not a JSON object with username and password".into(),
            })?;
        Ok(Self {
            username,
            password: Secret::new(password),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Credentials, ConfigError> {
        Credentials::parse("DATABASE", &Secret::new(text))
    }

    #[test]
    fn a_secret_holds_name_and_password_beside_what_rotation_needs() {
        let text = r#"{"engine":"postgres","host":"h","username":"writer","password":"s3cret","port":5432}"#;
        let credentials = parse(text).unwrap();
        assert_eq!(credentials.username, "writer");
        assert!(credentials.password.matches("s3cret"));
        assert!(!format!("{credentials:?}").contains("s3cret"));
    }

    #[test]
    fn an_error_does_not_quote_the_secret() {
        for text in [
            "s3cret",
            r#"{"password":"s3cret"}"#,
            r#"{"username":1,"password":"s3cret"}"#,
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.contains("DATABASE") && !error.contains("s3cret"),
                "{error}"
            );
        }
    }
}
