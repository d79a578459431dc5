// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentReputationRegistry} from "../../src/interfaces/IAgentReputationRegistry.sol";
import {RegistriesTest} from "../helpers/RegistriesTest.sol";

contract ReputationReadsTest is RegistriesTest {
    address[] internal none;

    function setUp() public override {
        super.setUp();
        _register(alice);
    }

    function test_getSummary_averagesAndTruncatesTowardZero() public {
        _give(bob, 0, 10);
        _give(bob, 0, 11);
        _assertSummary(_one(bob), 2, 10, 0);
        _give(carol, 0, -10);
        _give(carol, 0, -11);
        _assertSummary(_one(carol), 2, -10, 0);
    }

    function test_getSummary_returnsTheMostFrequentDecimals() public {
        _give(bob, 0, 9977, 2, "uptime", "");
        _give(bob, 0, 9955, 2, "uptime", "");
        _give(bob, 0, 99, 0, "uptime", "");
        // (99.77 + 99.55 + 99) / 3 = 99.44
        _assertSummary(_one(bob), 3, 9944, 2);
    }

    function test_getSummary_returnsTheFewestDecimalsOnATie() public {
        _give(bob, 0, 1_500_000_000_000_000_000, 18, "", "");
        _give(bob, 0, 25, 1, "", "");
        _assertSummary(_one(bob), 2, 20, 1);
    }

    function test_getSummary_skipsRevokedFeedback() public {
        _give(bob, 0, 0);
        _give(bob, 0, 80);
        vm.prank(bob);
        reputation.revokeFeedback(0, 1);
        _assertSummary(_one(bob), 1, 80, 0);
        vm.prank(bob);
        reputation.revokeFeedback(0, 2);
        _assertSummary(_one(bob), 0, 0, 0);
    }

    function test_getSummary_countsAClientListedTwiceTwice() public {
        _give(bob, 0, 80);
        _give(carol, 0, 50);
        address[] memory clients = new address[](3);
        (clients[0], clients[1], clients[2]) = (bob, bob, carol);
        _assertSummary(clients, 3, 70, 0);
    }

    function test_getSummary_filtersByTags() public {
        _give(bob, 0, 90, 0, "starred", "");
        _give(bob, 0, 9977, 2, "uptime", "day");
        _give(bob, 0, 9900, 2, "uptime", "week");
        (uint64 count, int128 value, uint8 decimals) = reputation.getSummary(0, _one(bob), "uptime", "week");
        assertEq(count, 1);
        assertEq(value, 9900);
        assertEq(decimals, 2);
        (count,,) = reputation.getSummary(0, _one(bob), "uptime", "");
        assertEq(count, 2);
        (count,,) = reputation.getSummary(0, _one(bob), "", "day");
        assertEq(count, 1);
        (count,,) = reputation.getSummary(0, _one(bob), "uptim", "eday");
        assertEq(count, 0);
    }

    function test_getSummary_revertsWithoutClients() public {
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.EmptyClientList.selector, 0));
        reputation.getSummary(0, none, "", "");
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.EmptyClientList.selector, 0));
        reputation.getSummaryPaged(0, none, "", "", 0, 10);
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.EmptyClientList.selector, 0));
        reputation.readAllFeedbackPaged(0, none, "", "", false, 0, 10);
    }

    function test_getSummary_revertsWhereTheResultDoesNotFit() public {
        _give(bob, 0, 1e38, 0, "", "");
        _give(bob, 0, 1, 18, "", "");
        _give(bob, 0, 1, 18, "", "");
        int256 mean = (int256(1e56) + 2) / 3;
        vm.expectRevert(abi.encodeWithSignature("SafeCastOverflowedIntDowncast(uint8,int256)", 128, mean));
        reputation.getSummary(0, _one(bob), "", "");
        (int256 sum, uint64[19] memory counts,) = reputation.getSummaryPaged(0, _one(bob), "", "", 0, 3);
        assertEq(sum, int256(1e56) + 2);
        assertEq(counts[0], 1);
        assertEq(counts[18], 2);
    }

    function test_getSummaryPaged_pagesAddUp() public {
        for (uint256 i = 0; i < 5; ++i) {
            _give(bob, 0, int128(int256(i)), uint8(i), "", "");
            _give(carol, 0, -7, 3, "", "");
        }
        address[] memory clients = _two(bob, carol);
        (int256 sum, uint64[19] memory counts, uint256 total) =
            reputation.getSummaryPaged(0, clients, "", "", 0, type(uint256).max);
        assertEq(total, 10);
        int256 pagedSum;
        uint64 threes;
        for (uint256 offset = 0; offset < total; offset += 3) {
            (int256 part, uint64[19] memory c, uint256 t) = reputation.getSummaryPaged(0, clients, "", "", offset, 3);
            assertEq(t, total);
            pagedSum += part;
            threes += c[3];
        }
        assertEq(pagedSum, sum);
        assertEq(threes, counts[3]);
        assertEq(threes, 6);
        (sum,, total) = reputation.getSummaryPaged(0, clients, "", "", 10, 3);
        assertEq(sum, 0);
    }

    function test_readAllFeedback_withoutClientsReadsAll() public {
        _give(bob, 0, 1, 0, "a", "x");
        _give(carol, 0, 2, 1, "b", "y");
        _give(bob, 0, 3, 2, "a tag of thirty-three characters!", "z");
        vm.prank(bob);
        reputation.revokeFeedback(0, 1);
        (
            address[] memory clients,
            uint64[] memory indexes,
            int128[] memory values,
            uint8[] memory decimals,
            string[] memory tag1s,
            string[] memory tag2s,
            bool[] memory revoked
        ) = reputation.readAllFeedback(0, none, "", "", false);
        assertEq(clients, _two(bob, carol));
        assertEq(indexes[0], 2);
        assertEq(indexes[1], 1);
        assertEq(values[0], 3);
        assertEq(decimals[0], 2);
        assertEq(tag1s[0], "a tag of thirty-three characters!");
        assertEq(tag2s[0], "z");
        assertEq(tag2s[1], "y");
        assertFalse(revoked[0]);
        assertEq(revoked.length, 2);
        (clients, indexes,,,,, revoked) = reputation.readAllFeedback(0, none, "", "", true);
        assertEq(clients.length, 3);
        assertTrue(revoked[0]);
        (clients,,,,,,) = reputation.readAllFeedback(0, _one(carol), "b", "", false);
        assertEq(clients, _one(carol));
        (clients,,,,,,) = reputation.readAllFeedback(0, _one(carol), "a", "", false);
        assertEq(clients.length, 0);
        (clients,,,,,,) = reputation.readAllFeedback(7, none, "", "", true);
        assertEq(clients.length, 0);
    }

    function test_readAllFeedbackPaged_pagesMakeTheWhole() public {
        for (uint256 i = 0; i < 4; ++i) {
            _give(bob, 0, int128(int256(i)));
            _give(carol, 0, int128(int256(i + 10)));
        }
        vm.prank(carol);
        reputation.revokeFeedback(0, 1);
        address[] memory listed = _two(bob, carol);
        (,, int128[] memory values,,,,) = reputation.readAllFeedback(0, listed, "", "", false);
        assertEq(values.length, 7);
        uint256 seen = 0;
        for (uint256 offset = 0; offset < 8; offset += 3) {
            (IAgentReputationRegistry.FeedbackPage memory page, uint256 total) =
                reputation.readAllFeedbackPaged(0, listed, "", "", false, offset, 3);
            assertEq(total, 8);
            for (uint256 i = 0; i < page.values.length; ++i) {
                assertEq(page.values[i], values[seen++]);
            }
        }
        assertEq(seen, 7);
    }

    function test_getClientsPaged_slices() public {
        _give(bob, 0, 1);
        _give(carol, 0, 1);
        _give(stranger, 0, 1);
        (address[] memory page, uint256 total) = reputation.getClientsPaged(0, 1, 1);
        assertEq(page, _one(carol));
        assertEq(total, 3);
        (page,) = reputation.getClientsPaged(0, 1, type(uint256).max);
        assertEq(page, _two(carol, stranger));
        (page,) = reputation.getClientsPaged(0, type(uint256).max, type(uint256).max);
        assertEq(page.length, 0);
    }

    function test_getResponseCount_filters() public {
        _give(bob, 0, 1);
        _give(bob, 0, 2);
        _give(carol, 0, 3);
        _respondTo(bob, 1, alice);
        _respondTo(bob, 1, alice);
        _respondTo(bob, 1, stranger);
        _respondTo(bob, 1, stranger);
        _respondTo(bob, 2, stranger);
        _respondTo(carol, 1, alice);
        assertEq(reputation.getResponseCount(0, address(0), 0, none), 6);
        assertEq(reputation.getResponseCount(0, address(0), 0, _one(alice)), 3);
        assertEq(reputation.getResponseCount(0, bob, 0, none), 5);
        assertEq(reputation.getResponseCount(0, bob, 0, _one(stranger)), 3);
        assertEq(reputation.getResponseCount(0, bob, 1, none), 4);
        assertEq(reputation.getResponseCount(0, bob, 1, _two(alice, stranger)), 4);
        assertEq(reputation.getResponseCount(0, bob, 1, _one(carol)), 0);
        assertEq(reputation.getResponseCount(0, bob, 9, none), 0);
        assertEq(reputation.getResponseCount(0, stranger, 0, none), 0);
    }

    function test_getResponseCountPaged_pagesAddUp() public {
        for (uint64 i = 1; i <= 3; ++i) {
            _give(bob, 0, 1);
            _respondTo(bob, i, alice);
        }
        (uint64 first, uint256 total) = reputation.getResponseCountPaged(0, bob, none, 0, 2);
        (uint64 second,) = reputation.getResponseCountPaged(0, bob, _one(alice), 2, 2);
        assertEq(first, 2);
        assertEq(second, 1);
        assertEq(total, 3);
    }

    function testFuzz_getSummary_isTheTruncatedMean(int128[6] memory values, uint8[6] memory decimals) public {
        int256 sum;
        uint256[19] memory counts;
        for (uint256 i = 0; i < 6; ++i) {
            int128 value = int128(bound(values[i], -1e20, 1e20));
            uint8 d = uint8(bound(decimals[i], 0, 18));
            _give(bob, 0, value, d, "", "");
            sum += int256(value) * int256(10 ** (18 - d));
            ++counts[d];
        }
        uint8 mode = 0;
        for (uint8 d = 1; d < 19; ++d) {
            if (counts[d] > counts[mode]) mode = d;
        }
        _assertSummary(_one(bob), 6, int128(sum / (6 * int256(10 ** (18 - mode)))), mode);
    }

    function _respondTo(address client, uint64 index, address responder) private {
        vm.prank(responder);
        reputation.appendResponse(0, client, index, "ipfs://response", bytes32(0));
    }

    function _assertSummary(address[] memory clients, uint64 count, int128 value, uint8 decimals) private view {
        (uint64 c, int128 v, uint8 d) = reputation.getSummary(0, clients, "", "");
        assertEq(c, count, "count");
        assertEq(v, value, "value");
        assertEq(d, decimals, "decimals");
    }
}
