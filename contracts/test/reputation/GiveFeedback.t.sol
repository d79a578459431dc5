// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentReputationRegistry} from "../../src/interfaces/IAgentReputationRegistry.sol";
import {RegistriesTest} from "../helpers/RegistriesTest.sol";

contract GiveFeedbackTest is RegistriesTest {
    bytes32 internal constant HASH = keccak256("details");

    function setUp() public override {
        super.setUp();
        _register(alice);
    }

    function test_giveFeedback_emitsEverythingAndStoresTheRest() public {
        vm.expectEmit(address(reputation));
        emit IAgentReputationRegistry.NewFeedback(
            0, bob, 1, -32, 1, "tradingYield", "tradingYield", "week", "https://a.example", URI, HASH
        );
        vm.prank(bob);
        reputation.giveFeedback(0, -32, 1, "tradingYield", "week", "https://a.example", URI, HASH);
        (int128 value, uint8 decimals, string memory tag1, string memory tag2, bool revoked) =
            reputation.readFeedback(0, bob, 1);
        assertEq(value, -32);
        assertEq(decimals, 1);
        assertEq(tag1, "tradingYield");
        assertEq(tag2, "week");
        assertFalse(revoked);
        assertEq(reputation.getLastIndex(0, bob), 1);
    }

    function test_giveFeedback_countsIndexesByClientFromOne() public {
        _give(bob, 0, 1);
        _give(bob, 0, 2);
        _give(carol, 0, 3);
        assertEq(reputation.getLastIndex(0, bob), 2);
        assertEq(reputation.getLastIndex(0, carol), 1);
        assertEq(reputation.getClients(0), _two(bob, carol));
    }

    function test_giveFeedback_revertsForTheOwnerAndItsOperators() public {
        vm.startPrank(alice);
        identity.approve(bob, 0);
        identity.setApprovalForAll(carol, true);
        vm.stopPrank();
        address[3] memory raters = [alice, bob, carol];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.SelfFeedback.selector, 0, raters[i]));
            vm.prank(raters[i]);
            reputation.giveFeedback(0, 100, 0, "", "", "", "", bytes32(0));
        }
    }

    function test_giveFeedback_byAFormerOwner() public {
        vm.prank(alice);
        identity.transferFrom(alice, bob, 0);
        _give(alice, 0, 50);
        assertEq(reputation.getLastIndex(0, alice), 1);
    }

    function test_giveFeedback_revertsForAnUnknownAgent() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", 9));
        vm.prank(bob);
        reputation.giveFeedback(9, 1, 0, "", "", "", "", bytes32(0));
    }

    function test_giveFeedback_revertsWithinTheInterval() public {
        _give(bob, 0, 1);
        uint256 retryAt = block.timestamp + 60;
        vm.warp(retryAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.FeedbackTooSoon.selector, 0, bob, retryAt));
        vm.prank(bob);
        reputation.giveFeedback(0, 1, 0, "", "", "", "", bytes32(0));
        vm.warp(retryAt);
        vm.prank(bob);
        reputation.giveFeedback(0, 1, 0, "", "", "", "", bytes32(0));
    }

    function test_giveFeedback_intervalIsByAgentAndClient() public {
        _register(alice);
        vm.startPrank(bob);
        reputation.giveFeedback(0, 1, 0, "", "", "", "", bytes32(0));
        reputation.giveFeedback(1, 1, 0, "", "", "", "", bytes32(0));
        vm.stopPrank();
        vm.prank(carol);
        reputation.giveFeedback(0, 1, 0, "", "", "", "", bytes32(0));
    }

    function test_giveFeedback_withoutAnInterval() public {
        vm.prank(moderator);
        reputation.setFeedbackInterval(0);
        vm.startPrank(bob);
        reputation.giveFeedback(0, 1, 0, "", "", "", "", bytes32(0));
        reputation.giveFeedback(0, 2, 0, "", "", "", "", bytes32(0));
        assertEq(reputation.getLastIndex(0, bob), 2);
    }

    function test_giveFeedback_revertsForTooManyDecimals() public {
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.TooManyDecimals.selector, 19, 18));
        vm.prank(bob);
        reputation.giveFeedback(0, 1, 19, "", "", "", "", bytes32(0));
    }

    function test_giveFeedback_revertsBeyondTheLargestValue() public {
        int128[2] memory values = [int128(1e38) + 1, -int128(1e38) - 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IAgentReputationRegistry.ValueOutOfRange.selector, values[i], int128(1e38))
            );
            vm.prank(bob);
            reputation.giveFeedback(0, values[i], 0, "", "", "", "", bytes32(0));
        }
        _give(bob, 0, 1e38);
        _give(bob, 0, -1e38);
    }

    function test_giveFeedback_takesTheLongestStringsAndNoLonger() public {
        string memory tag = _repeat("t", 64);
        string memory uri = _repeat("u", 512);
        vm.prank(bob);
        reputation.giveFeedback(0, 1, 0, tag, tag, uri, uri, HASH);
        (,, string memory tag1, string memory tag2,) = reputation.readFeedback(0, bob, 1);
        assertEq(tag1, tag);
        assertEq(tag2, tag);
        bytes memory tagTooLong = abi.encodeWithSelector(IAgentReputationRegistry.TagTooLong.selector, 65, 64);
        bytes memory uriTooLong = abi.encodeWithSelector(IAgentReputationRegistry.URITooLong.selector, 513, 512);
        string memory longTag = _repeat("t", 65);
        string memory longURI = _repeat("u", 513);
        vm.startPrank(carol);
        vm.expectRevert(tagTooLong);
        reputation.giveFeedback(0, 1, 0, longTag, "", "", "", HASH);
        vm.expectRevert(tagTooLong);
        reputation.giveFeedback(0, 1, 0, "", longTag, "", "", HASH);
        vm.expectRevert(uriTooLong);
        reputation.giveFeedback(0, 1, 0, "", "", longURI, "", HASH);
        vm.expectRevert(uriTooLong);
        reputation.giveFeedback(0, 1, 0, "", "", "", longURI, HASH);
    }

    function test_revokeFeedback_emitsAndMarks() public {
        _give(bob, 0, 90);
        vm.expectEmit(address(reputation));
        emit IAgentReputationRegistry.FeedbackRevoked(0, bob, 1);
        vm.prank(bob);
        reputation.revokeFeedback(0, 1);
        (int128 value,, string memory tag1,, bool revoked) = reputation.readFeedback(0, bob, 1);
        assertTrue(revoked);
        assertEq(value, 90);
        assertEq(tag1, "starred");
    }

    function test_revokeFeedback_revertsTheSecondTime() public {
        _give(bob, 0, 90);
        vm.startPrank(bob);
        reputation.revokeFeedback(0, 1);
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.FeedbackAlreadyRevoked.selector, 0, bob, 1));
        reputation.revokeFeedback(0, 1);
    }

    function test_revokeFeedback_revertsOutOfBounds() public {
        _give(bob, 0, 0, 0, "", "");
        uint64[2] memory indexes = [uint64(0), 2];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IAgentReputationRegistry.FeedbackNotFound.selector, 0, bob, indexes[i])
            );
            vm.prank(bob);
            reputation.revokeFeedback(0, indexes[i]);
        }
        vm.prank(bob);
        reputation.revokeFeedback(0, 1);
    }

    function test_readFeedback_revertsOutOfBounds() public {
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.FeedbackNotFound.selector, 0, bob, 1));
        reputation.readFeedback(0, bob, 1);
    }

    function test_appendResponse_byAnyoneAlsoToRevokedFeedback() public {
        _give(bob, 0, 10);
        vm.prank(bob);
        reputation.revokeFeedback(0, 1);
        vm.expectEmit(address(reputation));
        emit IAgentReputationRegistry.ResponseAppended(0, bob, 1, stranger, URI, HASH);
        vm.prank(stranger);
        reputation.appendResponse(0, bob, 1, URI, HASH);
        assertEq(reputation.getResponseCount(0, bob, 1, new address[](0)), 1);
    }

    function test_appendResponse_revertsWithoutAURIOrFeedback() public {
        _give(bob, 0, 10);
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.EmptyResponseURI.selector, 0, bob, 1));
        reputation.appendResponse(0, bob, 1, "", HASH);
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.FeedbackNotFound.selector, 0, bob, 2));
        reputation.appendResponse(0, bob, 2, URI, HASH);
        string memory longURI = _repeat("u", 513);
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.URITooLong.selector, 513, 512));
        reputation.appendResponse(0, bob, 1, longURI, HASH);
    }

    function testFuzz_giveFeedback_keepsAnyTags(
        string calldata tag1,
        string calldata tag2,
        int128 value,
        uint8 d
    )
        public
    {
        vm.assume(bytes(tag1).length <= 64 && bytes(tag2).length <= 64);
        value = int128(bound(value, -1e38, 1e38));
        d = uint8(bound(d, 0, 18));
        _give(bob, 0, value, d, tag1, tag2);
        (int128 v, uint8 decimals, string memory t1, string memory t2, bool revoked) =
            reputation.readFeedback(0, bob, 1);
        assertEq(v, value);
        assertEq(decimals, d);
        assertEq(t1, tag1);
        assertEq(t2, tag2);
        assertFalse(revoked);
    }

    function testFuzz_giveFeedback_holdsTheInterval(uint256 interval, uint256 wait) public {
        interval = bound(interval, 0, 1 days);
        wait = bound(wait, 0, 2 days);
        vm.prank(moderator);
        reputation.setFeedbackInterval(interval);
        _give(bob, 0, 1);
        uint256 retryAt = block.timestamp + interval;
        skip(wait);
        if (wait < interval) {
            vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.FeedbackTooSoon.selector, 0, bob, retryAt));
        }
        vm.prank(bob);
        reputation.giveFeedback(0, 1, 0, "", "", "", "", bytes32(0));
    }
}
