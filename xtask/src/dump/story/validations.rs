//! Validations: requested, answered, answered again, never answered.

use crate::dump::world::World;

/// All requests and responses.
pub fn tell(world: &mut World) {
    // 0: two validators, one of whom changes its mind.
    world.advance(90);
    let route = world.request(0, "validator", "route");
    let booking = world.request(0, "second validator", "booking");
    world.advance(6);
    world.answer(
        route,
        100,
        "https://validator.example/route.json",
        "hard-finality",
    );
    world.advance(6);
    world.answer(booking, 40, "", "");
    world.advance(1);
    world.answer(
        booking,
        60,
        "ipfs://QmQmxb5dRoMAERwg3BPFByP1gjiXLEknmj4zkYTby21ayj",
        "soft-finality",
    );
    world.answer(
        booking,
        95,
        "https://validator.example/booking.json",
        "hard-finality",
    );

    // 23: asked and never answered. 28: failed. 29: answered in the transaction that asked.
    world.advance(4);
    world.request(23, "validator", "purse");
    let squeeze = world.request(28, "validator", "squeeze");
    world.advance(1);
    world.answer(squeeze, 0, "", "tee-attestation");
    world.together(|world| {
        let odd = world.request(29, "second validator", "odd");
        world.answer(odd, 50, "", "zkml");
    });
}
