// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentIdentityRegistry as Identity} from "../../src/interfaces/IAgentIdentityRegistry.sol";
import {IAgentReputationRegistry as Reputation} from "../../src/interfaces/IAgentReputationRegistry.sol";
import {IAgentValidationRegistry as Validation} from "../../src/interfaces/IAgentValidationRegistry.sol";
import {Test} from "forge-std/Test.sol";

/// @notice What every ERC-8004 client relies on: selectors and topics of the registries' version 2.0.0, written out so
/// that no change of ours can move them. script/abi.mjs compares names, outputs and indexed fields as well.
contract AbiTest is Test {
    function test_selectors_identity() public pure {
        assertEq(Identity.getAgentWallet.selector, bytes4(0x00339509));
        assertEq(Identity.getMetadata.selector, bytes4(0xcb4799f2));
        assertEq(Identity.setAgentURI.selector, bytes4(0x0af28bd3));
        assertEq(Identity.setAgentWallet.selector, bytes4(0x2d1ef5ae));
        assertEq(Identity.setMetadata.selector, bytes4(0x466648da));
        assertEq(Identity.unsetAgentWallet.selector, bytes4(0x3fddcf19));
        assertEq(Identity.isAuthorizedOrOwner.selector, bytes4(0xd95e72be));
    }

    function test_selectors_reputation() public pure {
        assertEq(Reputation.appendResponse.selector, bytes4(0xc2349ab2));
        assertEq(Reputation.getClients.selector, bytes4(0x42dd519c));
        assertEq(Reputation.getIdentityRegistry.selector, bytes4(0xbc4d861b));
        assertEq(Reputation.getLastIndex.selector, bytes4(0xf2d81759));
        assertEq(Reputation.getResponseCount.selector, bytes4(0x6e04cacd));
        assertEq(Reputation.getSummary.selector, bytes4(0x81bbba58));
        assertEq(Reputation.giveFeedback.selector, bytes4(0x3c036a7e));
        assertEq(Reputation.readAllFeedback.selector, bytes4(0xd9d84224));
        assertEq(Reputation.readFeedback.selector, bytes4(0x232b0810));
        assertEq(Reputation.revokeFeedback.selector, bytes4(0x4ab3ca99));
    }

    function test_selectors_validation() public pure {
        assertEq(Validation.getAgentValidations.selector, bytes4(0x8d5d0c2d));
        assertEq(Validation.getIdentityRegistry.selector, bytes4(0xbc4d861b));
        assertEq(Validation.getSummary.selector, bytes4(0x1b7cabd6));
        assertEq(Validation.getValidationStatus.selector, bytes4(0xff2febfc));
        assertEq(Validation.getValidatorRequests.selector, bytes4(0x4bf3158c));
        assertEq(Validation.validationRequest.selector, bytes4(0xaaf400c4));
        assertEq(Validation.validationResponse.selector, bytes4(0x3d659a96));
    }

    function test_topics() public pure {
        assertEq(Identity.Registered.selector, 0xca52e62c367d81bb2e328eb795f7c7ba24afb478408a26c0e201d155c449bc4a);
        assertEq(Identity.MetadataSet.selector, 0x2c149ed548c6d2993cd73efe187df6eccabe4538091b33adbd25fafdb8a1468b);
        assertEq(Identity.URIUpdated.selector, 0x3a2c7fffc2cba7582c690e3b82c453ea02a308326a98a3ad7576c606336409fb);
        assertEq(Reputation.NewFeedback.selector, 0x6a4a61743519c9d648a14e6493f47dbe3ff1aa29e7785c96c8326a205e58febc);
        assertEq(
            Reputation.FeedbackRevoked.selector, 0x25156fd3288212246d8b008d5921fde376c71ed14ac2e072a506eb06fde6d09d
        );
        assertEq(
            Reputation.ResponseAppended.selector, 0xb1c6be0b5b8aef6539e2fac0fd131a2faa7b49edf8e505b5eb0ad487d56051d4
        );
        assertEq(
            Validation.ValidationRequest.selector, 0x530436c3634a98e1e626b0898be2f1e9980cc1bd2a78c07a0aba52d0a48a5059
        );
        assertEq(
            Validation.ValidationResponse.selector, 0xafddf629e874ccc3963b6a888c477bd464a6c8525024fc88759ea3b2326349ae
        );
    }
}
