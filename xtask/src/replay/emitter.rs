//! The code that is planted on the replayed chain, and the calldata that makes it emit.
//!
//! Two contracts, written by hand because they must do one thing each and nothing else:
//!
//! - the **emitter**, at each address that a log of the dump came from, emits one log a call;
//! - the **router**, at an address of its own, is what transactions are sent to. It calls emitters
//!   one after the other, so that logs of several contracts share a transaction as they did.

use super::dump::Log;

/// Where the router lives: `erc8004-replayrouter` in ASCII, an address that no dump holds.
pub const ROUTER: [u8; 20] = *b"erc8004-replayrouter";

/// Calldata: the number of topics `n` (1 byte), `n` topics (32 bytes each), the data.
///
/// Four topics are always put on the stack, whether there are as many or not: `LOGn` takes the
/// uppermost `n`, and what is left below them is dropped with the call.
#[rustfmt::skip]
pub const EMITTER: &[u8] = &[
    0x60, 97, 0x35,              // PUSH1 97  CALLDATALOAD           [t4]
    0x60, 65, 0x35,              // PUSH1 65  CALLDATALOAD           [t4 t3]
    0x60, 33, 0x35,              // PUSH1 33  CALLDATALOAD           [t4 t3 t2]
    0x60,  1, 0x35,              // PUSH1  1  CALLDATALOAD           [t4 t3 t2 t1]
    0x5f, 0x35, 0x60, 248, 0x1c, // PUSH0 CALLDATALOAD PUSH1 248 SHR [… n]
    0x60,  5, 0x1b,              // PUSH1 5  SHL                     [… 32n]
    0x60,  1, 0x01,              // PUSH1 1  ADD                     [… offset]
    0x80, 0x36, 0x03,            // DUP1  CALLDATASIZE  SUB          [… offset size]
    0x80, 0x91, 0x5f,            // DUP1  SWAP2  PUSH0               [… size size offset 0]
    0x37,                        // CALLDATACOPY                     [… size]
    0x5f,                        // PUSH0                            [… size 0]
    0x5f, 0x35, 0x60, 248, 0x1c, // PUSH0 CALLDATALOAD PUSH1 248 SHR [… size 0 n]
    0x60,  3, 0x02,              // PUSH1 3  MUL                     [… size 0 3n]
    0x60, 43, 0x01,              // PUSH1 43  ADD                    [… size 0 target]
    0x56,                        // JUMP                             [… size 0]
    0x5b, 0xa0, 0x00,            // 43: JUMPDEST  LOG0  STOP
    0x5b, 0xa1, 0x00,            // 46: JUMPDEST  LOG1  STOP
    0x5b, 0xa2, 0x00,            // 49: JUMPDEST  LOG2  STOP
    0x5b, 0xa3, 0x00,            // 52: JUMPDEST  LOG3  STOP
    0x5b, 0xa4, 0x00,            // 55: JUMPDEST  LOG4  STOP
];

/// Calldata: any number of calls, each an address (20 bytes), a length (4 bytes) and as much
/// calldata. A call that fails reverts the whole transaction.
#[rustfmt::skip]
pub const ROUTER_CODE: &[u8] = &[
    0x5f,                                // PUSH0                              [pos]
    0x5b,                                // 1: JUMPDEST                        [pos]
    0x36, 0x81, 0x10, 0x15,              // CALLDATASIZE DUP2 LT ISZERO        [pos pos≥size]
    0x60, 53, 0x57,                      // PUSH1 53  JUMPI                    [pos]
    0x80, 0x35,                          // DUP1  CALLDATALOAD                 [pos word]
    0x80, 0x60, 96, 0x1c,                // DUP1  PUSH1 96  SHR                [pos word address]
    0x90, 0x60, 64, 0x1c,                // SWAP1  PUSH1 64  SHR               [pos address …len]
    0x63, 0xff, 0xff, 0xff, 0xff, 0x16,  // PUSH4 2^32-1  AND                  [pos address len]
    0x80, 0x83, 0x60, 24, 0x01, 0x5f,    // DUP1 DUP4 PUSH1 24 ADD PUSH0       [… len len pos+24 0]
    0x37,                                // CALLDATACOPY                       [pos address len]
    0x5f, 0x5f, 0x82, 0x5f, 0x5f,        // PUSH0 PUSH0 DUP3 PUSH0 PUSH0       [… 0 0 len 0 0]
    0x86, 0x5a, 0xf1,                    // DUP7  GAS  CALL                    [pos address len ok]
    0x15, 0x60, 55, 0x57,                // ISZERO  PUSH1 55  JUMPI            [pos address len]
    0x90, 0x50, 0x60, 24, 0x01, 0x01,    // SWAP1 POP PUSH1 24 ADD ADD         [next]
    0x60, 1, 0x56,                       // PUSH1 1  JUMP
    0x5b, 0x00,                          // 53: JUMPDEST  STOP
    0x5b, 0x5f, 0x5f, 0xfd,              // 55: JUMPDEST  PUSH0  PUSH0  REVERT
];

/// The router's calldata that emits `logs` in order.
#[must_use]
pub fn calldata(logs: &[Log]) -> Vec<u8> {
    let mut calldata = Vec::new();
    for log in logs {
        let length = 1 + 32 * log.topics.len() + log.data.len();
        calldata.extend_from_slice(&log.address);
        // Cannot be cut: a dump with 4 GB in one log would not have been read.
        calldata.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        calldata.push(u8::try_from(log.topics.len()).unwrap_or(u8::MAX));
        calldata.extend(log.topics.iter().flatten());
        calldata.extend_from_slice(&log.data);
    }
    calldata
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUMPDEST: u8 = 0x5b;

    #[test]
    fn jumps_land_on_a_jumpdest() {
        for n in 0..=4 {
            assert_eq!(EMITTER[43 + 3 * n], JUMPDEST);
            assert_eq!(usize::from(EMITTER[44 + 3 * n]), 0xa0 + n);
        }
        for target in [1, 53, 55] {
            assert_eq!(ROUTER_CODE[target], JUMPDEST);
        }
    }

    #[test]
    fn a_call_is_address_length_topics_and_data() {
        let log = Log {
            block: 1,
            index: 0,
            timestamp: None,
            transaction: None,
            address: [7; 20],
            topics: vec![[1; 32], [2; 32]],
            data: vec![3; 5],
        };
        let calldata = calldata(&[log.clone(), log]);
        assert_eq!(calldata.len(), 2 * (24 + 1 + 64 + 5));
        assert_eq!(calldata[20..25], [0, 0, 0, 70, 2]);
        assert_eq!(calldata[94..], calldata[..94]);
    }
}
