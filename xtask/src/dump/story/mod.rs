//! What happens on the dump's chain: thirty agents of every kind. `tests/dumps/README.md` has a
//! line on each.

mod agents;
mod broken;
mod changes;
mod ratings;
mod validations;

use anyhow::Result;

use super::world::World;

/// Lets everything happen.
pub fn tell(world: &mut World) -> Result<()> {
    agents::sound(world);
    agents::elsewhere(world);
    agents::sparse(world);
    broken::faulty(world);
    broken::unreadable(world)?;
    changes::owners(world);
    changes::contents(world);
    changes::odd_strings(world);
    ratings::tell(world);
    validations::tell(world);
    changes::unseen(world);
    Ok(())
}
