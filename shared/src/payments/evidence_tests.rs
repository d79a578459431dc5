use alloy_primitives::{U256, address};

use super::*;

const PAYER: Address = address!("0x00000000000000000000000000000000000000a1");
const AGENT: Address = address!("0x00000000000000000000000000000000000000b2");
const TOKEN: Address = address!("0x00000000000000000000000000000000000000c3");
const OTHER: Address = address!("0x00000000000000000000000000000000000000d4");

const PAID: Transfer = Transfer {
    log: Some(3),
    token: Some(TOKEN),
    payer: PAYER,
    payee: AGENT,
    amount: U256::from_limbs([5, 0, 0, 0]),
};

fn evidence(succeeded: Option<bool>, transfers: &[Transfer]) -> Evidence {
    let block = Header {
        number: 9,
        hash: B256::ZERO,
        parent_hash: B256::ZERO,
        time_s: 0,
    };
    Evidence {
        head: 10,
        place: succeeded.map(|succeeded| Place { block, succeeded }),
        transfers: transfers.to_vec(),
    }
}

fn judge(
    evidence: &Evidence,
    caller: Address,
    index: Option<i32>,
) -> Result<Vec<Transfer>, Problem> {
    let usdc = Token {
        address: TOKEN,
        symbol: "USDC".to_owned(),
        decimals: 6,
    };
    evidence.payments(&Terms {
        tokens: &[usdc],
        holders: &[AGENT],
        caller,
        index,
    })
}

#[track_caller]
fn refused(transfers: &[Transfer], why: &str) {
    let problem = judge(&evidence(Some(true), transfers), PAYER, None).unwrap_err();
    assert_eq!(problem.code(), Code::PaymentRejected, "{problem}");
    assert!(problem.detail().contains(why), "{problem}");
}

#[test]
fn payer_and_payee_find_every_transfer_to_the_agent_and_others_none() {
    let second = Transfer {
        log: Some(4),
        ..PAID
    };
    let elsewhere = Transfer {
        payee: OTHER,
        ..PAID
    };
    let evidence = evidence(Some(true), &[elsewhere, PAID, second]);
    for caller in [PAYER, AGENT] {
        assert_eq!(judge(&evidence, caller, None).unwrap(), [PAID, second]);
        assert_eq!(judge(&evidence, caller, Some(4)).unwrap(), [second]);
    }
    let problem = judge(&evidence, OTHER, None).unwrap_err();
    assert_eq!(problem.code(), Code::UnauthorizedOperation, "{problem}");
}

#[test]
fn each_transfer_that_pays_nothing_is_refused_with_its_own_reason() {
    refused(&[], "neither native value nor an ERC-20 token");
    refused(
        &[Transfer {
            token: Some(OTHER),
            ..PAID
        }],
        "not paid with on this chain",
    );
    refused(
        &[Transfer {
            payee: OTHER,
            ..PAID
        }],
        "in block 9 were 0x00000000000000000000000000000000000000b2",
    );
    refused(
        &[Transfer {
            amount: U256::ZERO,
            ..PAID
        }],
        "an amount of 0",
    );
    refused(
        &[Transfer {
            payer: AGENT,
            ..PAID
        }],
        "own wallet or owner",
    );
    let many = vec![PAID; PAYMENTS_PER_TRANSACTION_MAX + 1];
    refused(&many, "name one by `logIndex`");
}

#[test]
fn what_has_no_transfer_says_whether_it_was_reverted_or_has_no_block() {
    for (succeeded, index, transfers, why) in [
        (Some(false), None, &[][..], "was reverted"),
        (None, None, &[], "in no block yet"),
        (None, Some(3), &[], "leave `logIndex` out"),
        (
            Some(true),
            Some(9),
            &[PAID],
            "no transfer with the log index 9",
        ),
    ] {
        let problem = judge(&evidence(succeeded, transfers), PAYER, index).unwrap_err();
        assert!(problem.detail().contains(why), "{problem}");
    }
}

#[test]
fn native_value_needs_no_token() {
    let native = Transfer {
        log: None,
        token: None,
        ..PAID
    };
    let evidence = evidence(Some(true), &[native, PAID]);
    assert_eq!(judge(&evidence, PAYER, Some(-1)).unwrap(), [native]);
}
