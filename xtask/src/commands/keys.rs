//! `cargo xtask keys`

use anyhow::{Context as _, Result, bail};
use sqlx::{Connection as _, PgConnection};

use super::UP;
use crate::cli;
use crate::stack::{Stack, database};

/// Sets the tier of a wallet.
pub async fn set_tier(args: &cli::SetTier) -> Result<()> {
    let tier = args.tier.as_str();
    let mut connection = connect(args.database_url.as_deref()).await?;
    let wallet = set(&mut connection, &args.wallet, tier).await?;
    let count = sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM api_keys
         WHERE wallet = $1 AND revoked_at IS NULL AND expires_at > now()",
    );
    let keys = count.bind(&wallet).fetch_one(&mut connection).await?;
    let wallet = hex::encode(&wallet);
    println!(
        "0x{wallet} is {tier} now; it has {keys} keys that work. Keys in use show it within a minute."
    );
    Ok(())
}

/// Writes a wallet's tier down; returns the wallet.
///
/// # Errors
///
/// When it is none, or the database refuses.
pub async fn set(connection: &mut PgConnection, wallet: &str, tier: &str) -> Result<Vec<u8>> {
    let wallet = address(wallet)?;
    let set = sqlx::query(
        "INSERT INTO wallet_tiers (wallet, tier) VALUES ($1, $2)
         ON CONFLICT (wallet) DO UPDATE SET tier = excluded.tier, updated_at = now()",
    );
    set.bind(&wallet).bind(tier).execute(connection).await?;
    Ok(wallet)
}

async fn connect(url: Option<&str>) -> Result<PgConnection> {
    if let Some(url) = url {
        return PgConnection::connect(url)
            .await
            .context("connecting to --database-url");
    }
    database::connect(&Stack::open(UP)?)
        .await
        .context("`cargo xtask up` starts the database; --database-url names another")
}

fn address(text: &str) -> Result<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    match hex::decode(digits) {
        Ok(bytes) if bytes.len() == 20 => Ok(bytes),
        _ => bail!("{text} is not a wallet: 0x and 40 hex digits"),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_wallet_is_twenty_bytes_of_hex() {
        let wallet = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
        assert_eq!(address(wallet).unwrap().len(), 20);
        for wrong in [
            "",
            "0x",
            "f39F",
            &wallet[..41],
            &format!("{wallet}0"),
            "0xZZ",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
