//! `cargo xtask reset`

use anyhow::Result;

use super::down;

/// Stops the stack and removes its data.
pub async fn run() -> Result<()> {
    down::stop().await?.remove()?;
    out!("Stopped and emptied. Tools and builds stay; `cargo xtask up` begins anew.");
    Ok(())
}
