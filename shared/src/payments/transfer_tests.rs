use alloy_primitives::{U64, address};

use super::*;

const PAYER: Address = address!("0x00000000000000000000000000000000000000a1");
const PAYEE: Address = address!("0x00000000000000000000000000000000000000b2");
const TOKEN: Address = address!("0x00000000000000000000000000000000000000c3");
const SENDER: Address = address!("0x00000000000000000000000000000000000000d4");

fn call(value: u64, input: Vec<u8>) -> Call {
    Call {
        hash: B256::ZERO,
        from: SENDER,
        to: Some(TOKEN),
        value: U256::from(value),
        input: input.into(),
    }
}

/// A selector, three words (or two) and as much padding as the function has arguments.
fn calldata(function: &Function, amount: U256) -> Vec<u8> {
    let mut words = vec![
        PAYER.into_word(),
        PAYEE.into_word(),
        amount.to_be_bytes().into(),
    ];
    if !function.names_payer {
        words.remove(0);
    }
    words.resize(function.words, B256::ZERO);
    let words = words.iter().flat_map(|word| word.0);
    function.selector().into_iter().chain(words).collect()
}

fn log(topics: Vec<B256>, data: Vec<u8>) -> WireLog {
    WireLog {
        address: TOKEN,
        topics,
        data: data.into(),
        block_number: None,
        block_hash: None,
        block_timestamp: None,
        transaction_hash: None,
        transaction_index: None,
        log_index: Some(U64::from(7)),
        removed: false,
    }
}

#[test]
fn selectors_are_those_that_explorers_show() {
    let shown = FUNCTIONS.map(|function| u32::from_be_bytes(function.selector()));
    let known = [
        0xa905_9cbb,
        0x23b8_72dd,
        0xe3ee_160e,
        0xcf09_2995,
        0xef55_bec6,
        0x88b7_ab63,
    ];
    assert_eq!(shown, known);
    assert_eq!(keccak256("Transfer(address,address,uint256)"), TRANSFER);
}

#[test]
fn each_call_that_moves_tokens_is_read() {
    for function in &FUNCTIONS {
        let input = calldata(function, U256::MAX);
        let payer = if function.names_payer { PAYER } else { SENDER };
        let expected = Transfer {
            log: None,
            token: Some(TOKEN),
            payer,
            payee: PAYEE,
            amount: U256::MAX,
        };
        assert_eq!(
            meant(&call(0, input.clone())),
            [expected],
            "{}",
            function.signature
        );
        let cut = input[..input.len() - 1].to_vec();
        assert_eq!(meant(&call(0, cut)), [], "{}", function.signature);
    }
}

#[test]
fn an_address_with_bits_above_it_is_none() {
    let mut input = calldata(&FUNCTIONS[0], U256::from(1));
    input[4] = 1;
    assert_eq!(meant(&call(0, input)), []);
}

#[test]
fn native_value_is_moved_beside_tokens_and_by_no_new_contract() {
    let input = calldata(&FUNCTIONS[0], U256::from(5));
    let both = meant(&call(3, input.clone()));
    assert_eq!(both.len(), 2);
    assert_eq!(
        (both[0].token, both[0].payee, both[0].index()),
        (None, TOKEN, -1)
    );
    let creation = Call {
        to: None,
        ..call(3, input)
    };
    assert_eq!(meant(&creation), []);
    assert_eq!(meant(&call(0, Vec::new())), []);
}

#[test]
fn a_log_is_a_transfer_only_in_the_form_of_erc_20() {
    let topics = vec![TRANSFER, PAYER.into_word(), PAYEE.into_word()];
    let data = U256::from(9).to_be_bytes_vec();
    let found = made(&call(0, Vec::new()), &[log(topics.clone(), data.clone())]);
    let expected = Transfer {
        log: Some(7),
        token: Some(TOKEN),
        payer: PAYER,
        payee: PAYEE,
        amount: U256::from(9),
    };
    assert_eq!(found, [expected]);
    let erc_721 = [topics.clone(), vec![B256::ZERO]].concat();
    let dirty = vec![TRANSFER, B256::repeat_byte(1), PAYEE.into_word()];
    let other = vec![B256::ZERO, PAYER.into_word(), PAYEE.into_word()];
    for (topics, data) in [
        (erc_721, Vec::new()),
        (dirty, data.clone()),
        (other, data.clone()),
        (topics.clone(), data[1..].to_vec()),
        (topics.clone(), [data.clone(), vec![0]].concat()),
        (topics[..2].to_vec(), data),
    ] {
        let logs = [log(topics, data)];
        assert_eq!(made(&call(0, Vec::new()), &logs), [], "{logs:?}");
    }
}

#[test]
fn transfers_are_alike_wherever_their_logs_stand() {
    let transfer = Transfer {
        log: Some(1),
        token: None,
        payer: PAYER,
        payee: PAYEE,
        amount: U256::from(1),
    };
    assert!(transfer.is_like(&Transfer {
        log: Some(2),
        ..transfer
    }));
    assert!(!transfer.is_like(&Transfer {
        amount: U256::from(2),
        ..transfer
    }));
}
