//! The AWS configuration of the process, read once and at the first use: none of it runs at start-up.

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use tokio::sync::OnceCell;

static CONFIG: OnceCell<SdkConfig> = OnceCell::const_new();

/// Region, endpoints and credentials, from the variables that Lambda sets.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>
pub(crate) async fn config() -> &'static SdkConfig {
    CONFIG
        .get_or_init(|| {
            // The default chain would ask the instance metadata service where the variable is absent.
            aws_config::defaults(BehaviorVersion::latest())
                .region(EnvironmentVariableRegionProvider::new())
                .load()
        })
        .await
}
