// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {RegistriesTest} from "../helpers/RegistriesTest.sol";
import {Handler} from "./Handler.sol";

contract RegistriesInvariants is RegistriesTest {
    Handler internal handler;

    function setUp() public override {
        super.setUp();
        handler = new Handler(identity, reputation, pauser, admin);
        targetContract(address(handler));
    }

    /// @dev Nobody who may act for an agent ever rated it.
    function invariant_ownersNeverRateThemselves() public view {
        assertFalse(handler.selfFeedback());
    }

    /// @dev Summaries say what the logs say.
    function invariant_sumsAreWhatTheLogsSay() public view {
        address[] memory people = handler.peopleList();
        for (uint256 id = 0; id < identity.totalAgents(); ++id) {
            (int256 sum,,) = reputation.getSummaryPaged(id, people, "", "", 0, type(uint256).max);
            assertEq(sum, handler.loggedSum(id));
        }
    }

    /// @dev A wallet is the owner's own, a verified one, or none; and the last log of it says which.
    function invariant_walletsAreWhatTheLogsSay() public view {
        for (uint256 id = 0; id < identity.totalAgents(); ++id) {
            assertEq(identity.getAgentWallet(id), handler.loggedWallet(id));
        }
    }

    /// @dev A pause holds.
    function invariant_aPausedRegistryNeverChanges() public view {
        assertFalse(handler.changedWhilePaused());
    }

    /// @dev The limits hold.
    function invariant_limitsHold() public view {
        assertFalse(handler.tooSoon());
        for (uint256 id = 0; id < identity.totalAgents(); ++id) {
            assertEq(identity.getMetadataCount(id), handler.keyCount(id));
            assertLe(identity.getMetadataCount(id), 50);
        }
    }

    /// @dev Balances add up to the agents there are.
    function invariant_balancesAddUp() public view {
        address[] memory people = handler.peopleList();
        uint256 sum = 0;
        for (uint256 i = 0; i < people.length; ++i) {
            sum += identity.balanceOf(people[i]);
        }
        assertEq(sum, identity.totalAgents());
    }
}
