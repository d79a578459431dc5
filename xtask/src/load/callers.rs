//! Who calls: accounts of the local chain, each with a key.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::asked::Operation;
use crate::bench::load::Request;
use crate::bench::writes::Writer;
use crate::chains::Chain;
use crate::commands::keys;
use crate::demo::{Account, Api, accounts, sign_in};
use crate::stack::{Stack, database, http};

/// Feedback that the agents of the local chain can take a second: a client waits a minute before it rates one again.
const FEEDBACK_A_SECOND_MAX: u32 = 3;
/// What their plan allows.
const TIER: &str = "enterprise";

/// The accounts and their keys.
#[derive(Debug)]
pub struct Callers {
    chain: Chain,
    keyed: Vec<(Account, String)>,
    url: String,
}

impl Callers {
    /// Every account of the stack's first chain, with the tier that a load needs. Keys are kept for the next run: whoever
    /// signs in too often has to wait.
    ///
    /// # Errors
    ///
    /// When the API, the chain or the database refuses.
    pub async fn of(stack: &Stack, url: &str) -> Result<Self> {
        let chain = stack
            .state
            .chains
            .first()
            .context("the stack has no chain")?
            .clone();
        let file = stack.dir.join("load-keys.json");
        let mut known = read(&file);
        let mut connection = database::connect(stack).await?;
        let api = Api::new(url.to_owned());
        let mut keyed = Vec::new();
        for address in accounts(&chain.rpc_url).await? {
            let account = Account::new(&chain.rpc_url, &address);
            keys::set(&mut connection, &address, TIER).await?;
            let key = match known.get(&address) {
                Some(key) if works(url, key).await => key.clone(),
                _ => sign_in(&api, &account, chain.id).await?,
            };
            known.insert(address, key.clone());
            keyed.push((account, key));
        }
        fs::write(&file, serde_json::to_string(&known)?)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        let url = url.to_owned();
        Ok(Self { chain, keyed, url })
    }

    /// Their keys.
    pub fn keys(&self) -> Vec<String> {
        self.keyed.iter().map(|(_, key)| key.clone()).collect()
    }

    /// So many requests that change something, for a run of so many seconds. Payments are made on chain here and now.
    ///
    /// # Errors
    ///
    /// When the chain refuses.
    pub async fn writes(&mut self, count: u32, seconds: u32) -> Result<Vec<(Operation, Request)>> {
        let mut writer = Writer::of(&self.chain, &self.url, self.keyed.clone()).await?;
        let feedback_max = FEEDBACK_A_SECOND_MAX * seconds;
        let mut feedback = 0;
        let mut requests = Vec::new();
        for number in 0..count {
            let operation = match number % 4 {
                0 if feedback < feedback_max => Operation::Feedback,
                1 => Operation::Payment,
                _ => Operation::Register,
            };
            feedback += u32::from(operation == Operation::Feedback);
            requests.push((operation, writer.next(operation.name()).await?));
        }
        Ok(requests)
    }
}

fn read(file: &PathBuf) -> BTreeMap<String, String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Whether the API still takes a key: its database may be another than that of the run before.
async fn works(url: &str, key: &str) -> bool {
    let key = format!("Bearer {key}");
    let reply = http::get_with(&format!("{url}/v1/api-keys"), &[("authorization", &key)]).await;
    matches!(reply, Ok((200, _)))
}
