//! Secrets of AWS Secrets Manager: read before the first event, kept, and read again when they are old or were refused.
//!
//! A setting `X` that is a secret is not in the environment: there is `X_SECRET_ID`, the ARN of the secret that holds it,
//! which the role may read. Locally `X` itself is set, and nothing here asks anybody.
//!
//! After a rotation the clients are made anew ([`Renewed`]): those that were made with the old secret go on with what they
//! have until their last user is done.

mod renewed;
mod store;

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use futures_util::future::try_join_all;
use tokio::sync::OnceCell;

pub(crate) use renewed::{Renewed, Shared};
use store::Store;

use crate::aws;
use crate::secret::Secret;

/// What the name of a variable ends with that names a secret.
const SUFFIX: &str = "_SECRET_ID";
/// How long a secret is kept before it is read again. A refused one is read again at once.
const AGE_MAX: Duration = Duration::from_mins(5);
/// An invocation waits this long for a secret that it could do without.
const READ_DURATION_MAX: Duration = Duration::from_secs(3);

static STORE: LazyLock<Store> = LazyLock::new(Store::default);

/// Variables that name a secret, and what they name. The environment of a function does not change.
static NAMED: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    std::env::vars()
        .filter(|(name, id)| name.ends_with(SUFFIX) && !id.is_empty())
        .collect()
});

/// Why a secret could not be read. Never holds what is in it.
#[derive(Debug, thiserror::Error)]
#[error("the secret of {variable} cannot be read: {reason}")]
pub(crate) struct Unreadable {
    variable: String,
    reason: String,
}

/// Reads every secret that the environment names, at once.
///
/// # Errors
/// When one cannot be read: a function without its settings is of no use.
pub(crate) async fn load() -> Result<(), Unreadable> {
    STORE.put(read_all().await?, Instant::now());
    Ok(())
}

/// Reads the secrets again where they are old or were refused. What cannot be read stays as it was.
pub(crate) async fn refresh() {
    if NAMED.is_empty() || !STORE.is_due(Instant::now(), AGE_MAX) {
        return;
    }
    let read = tokio::time::timeout(READ_DURATION_MAX, read_all()).await;
    match read {
        Ok(Ok(values)) => {
            if STORE.put(values, Instant::now()) {
                tracing::info!("a secret has changed: clients are made anew");
            }
        }
        Ok(Err(error)) => {
            STORE.postpone(Instant::now());
            tracing::warn!(%error, "secrets stay as they were");
        }
        Err(_) => {
            STORE.postpone(Instant::now());
            tracing::warn!("secrets stay as they were: no answer within {READ_DURATION_MAX:?}");
        }
    }
}

/// Says that credentials were refused: the next invocation reads the secrets before it begins.
pub(crate) fn doubt() {
    STORE.doubt();
}

/// Has the clients made anew before the next event, with the same secrets.
pub(crate) fn renew() {
    STORE.renew();
}

/// What the secret holds that `<setting>_SECRET_ID` names; none where that is not set.
pub(crate) fn value(setting: &str) -> Option<Secret> {
    STORE.get(&format!("{setting}{SUFFIX}")).map(Secret::new)
}

async fn read_all() -> Result<BTreeMap<String, String>, Unreadable> {
    let reads = NAMED.iter().map(|(variable, id)| async move {
        match read(id).await {
            Ok(value) => Ok((variable.clone(), value)),
            Err(reason) => Err(Unreadable {
                variable: variable.clone(),
                reason,
            }),
        }
    });
    Ok(try_join_all(reads).await?.into_iter().collect())
}

async fn read(id: &str) -> Result<String, String> {
    let reply = client().await.get_secret_value().secret_id(id).send().await;
    let reply = reply.map_err(|error| DisplayErrorContext(error).to_string())?;
    reply
        .secret_string
        .ok_or_else(|| "it holds no text".to_owned())
}

async fn client() -> &'static Client {
    static CLIENT: OnceCell<Client> = OnceCell::const_new();
    let connect = || async {
        let timeout = TimeoutConfig::builder().operation_attempt_timeout(READ_DURATION_MAX);
        let config = aws_sdk_secretsmanager::config::Builder::from(aws::config().await);
        Client::from_conf(config.timeout_config(timeout.build()).build())
    };
    CLIENT.get_or_init(connect).await
}
