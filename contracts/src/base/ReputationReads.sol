// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentReputationRegistry} from "../interfaces/IAgentReputationRegistry.sol";
import {FeedbackMath} from "../libraries/FeedbackMath.sol";
import {Pages} from "../libraries/Pages.sol";
import {FeedbackHead, FeedbackStatus} from "../types/FeedbackHead.sol";
import {ReputationStore} from "./ReputationStore.sol";

/// @title Every read of the reputation registry
/// @dev The unpaged reads are the paged ones over everything. None of them is stopped by a pause.
abstract contract ReputationReads is IAgentReputationRegistry, ReputationStore {
    using FeedbackMath for FeedbackMath.Totals;

    /// @dev Which feedback a read wants. A zero hash is any tag.
    struct Query {
        uint256 agentId;
        bytes32 tag1Hash;
        bytes32 tag2Hash;
        bool includeRevoked;
        uint256 offset;
        uint256 limit;
    }

    /// @inheritdoc IAgentReputationRegistry
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    )
        external
        view
        returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals)
    {
        Query memory query = _query(agentId, tag1, tag2, false, 0, type(uint256).max);
        (FeedbackMath.Totals memory totals,) = _totals(query, clientAddresses);
        return totals.average();
    }

    /// @inheritdoc IAgentReputationRegistry
    function getSummaryPaged(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (int256 sum, uint64[19] memory countByDecimals, uint256 total)
    {
        FeedbackMath.Totals memory totals;
        (totals, total) = _totals(_query(agentId, tag1, tag2, false, offset, limit), clientAddresses);
        return (totals.sum, totals.countByDecimals, total);
    }

    /// @inheritdoc IAgentReputationRegistry
    function readAllFeedback(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked
    )
        external
        view
        returns (
            address[] memory clients,
            uint64[] memory feedbackIndexes,
            int128[] memory values,
            uint8[] memory valueDecimals,
            string[] memory tag1s,
            string[] memory tag2s,
            bool[] memory revokedStatuses
        )
    {
        address[] memory listed = clientAddresses;
        if (listed.length == 0) listed = _reputationStorage().agents[agentId].clients;
        Query memory query = _query(agentId, tag1, tag2, includeRevoked, 0, type(uint256).max);
        (FeedbackPage memory page,) = _collect(query, listed);
        return (
            page.clients,
            page.feedbackIndexes,
            page.values,
            page.valueDecimals,
            page.tag1s,
            page.tag2s,
            page.revokedStatuses
        );
    }

    /// @inheritdoc IAgentReputationRegistry
    function readAllFeedbackPaged(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (FeedbackPage memory page, uint256 total)
    {
        if (clientAddresses.length == 0) revert EmptyClientList(agentId);
        return _collect(_query(agentId, tag1, tag2, includeRevoked, offset, limit), clientAddresses);
    }

    /// @inheritdoc IAgentReputationRegistry
    function readFeedback(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex
    )
        external
        view
        returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked)
    {
        Feedback storage feedback = _requireFeedback(agentId, clientAddress, feedbackIndex);
        FeedbackHead head = feedback.head;
        (tag1, tag2) = _tags(feedback);
        return (head.value(), head.decimals(), tag1, tag2, head.status() == FeedbackStatus.Revoked);
    }

    /// @inheritdoc IAgentReputationRegistry
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    )
        external
        view
        returns (uint64 count)
    {
        AgentRecord storage agent = _reputationStorage().agents[agentId];
        if (clientAddress == address(0)) {
            uint256 length = agent.clients.length;
            for (uint256 i = 0; i < length; ++i) {
                Client storage each = agent.byAddress[agent.clients[i]];
                count += _responses(each, 0, each.lastIndex, responders);
            }
            return count;
        }
        Client storage client = agent.byAddress[clientAddress];
        if (feedbackIndex == 0) return _responses(client, 0, client.lastIndex, responders);
        return _responses(client, feedbackIndex - 1, feedbackIndex, responders);
    }

    /// @inheritdoc IAgentReputationRegistry
    function getResponseCountPaged(
        uint256 agentId,
        address clientAddress,
        address[] calldata responders,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (uint64 count, uint256 total)
    {
        Client storage client = _reputationStorage().agents[agentId].byAddress[clientAddress];
        total = client.lastIndex;
        (uint256 start, uint256 end) = Pages.window(total, offset, limit);
        count = _responses(client, start, end, responders);
    }

    /// @inheritdoc IAgentReputationRegistry
    function getClients(uint256 agentId) external view returns (address[] memory) {
        return _reputationStorage().agents[agentId].clients;
    }

    /// @inheritdoc IAgentReputationRegistry
    function getClientsPaged(
        uint256 agentId,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (address[] memory clients, uint256 total)
    {
        address[] storage all = _reputationStorage().agents[agentId].clients;
        return (Pages.slice(all, offset, limit), all.length);
    }

    /// @inheritdoc IAgentReputationRegistry
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64) {
        return _reputationStorage().agents[agentId].byAddress[clientAddress].lastIndex;
    }

    /// @inheritdoc IAgentReputationRegistry
    function getIdentityRegistry() external view returns (address) {
        return _reputationStorage().identityRegistry;
    }

    /// @inheritdoc IAgentReputationRegistry
    function feedbackInterval() external view returns (uint256 interval) {
        return _reputationStorage().interval;
    }

    /// @dev Adds up what a query finds.
    function _totals(
        Query memory query,
        address[] calldata clients
    )
        private
        view
        returns (FeedbackMath.Totals memory totals, uint256 total)
    {
        if (clients.length == 0) revert EmptyClientList(query.agentId);
        for (uint256 i = 0; i < clients.length; ++i) {
            Client storage client = _reputationStorage().agents[query.agentId].byAddress[clients[i]];
            (uint256 index, uint256 end) = _advance(query, client.lastIndex);
            total += client.lastIndex;
            for (++index; index <= end; ++index) {
                Feedback storage feedback = client.feedback[uint64(index)];
                if (_matches(query, feedback)) totals.add(feedback.head.value(), feedback.head.decimals());
            }
        }
    }

    /// @dev Lists what a query finds.
    function _collect(
        Query memory query,
        address[] memory clients
    )
        private
        view
        returns (FeedbackPage memory page, uint256 total)
    {
        mapping(address => Client) storage byAddress = _reputationStorage().agents[query.agentId].byAddress;
        for (uint256 i = 0; i < clients.length; ++i) {
            total += byAddress[clients[i]].lastIndex;
        }
        (uint256 start, uint256 stop) = Pages.window(total, query.offset, query.limit);
        page = _newPage(stop - start);
        uint256 found = 0;
        for (uint256 i = 0; i < clients.length; ++i) {
            Client storage client = byAddress[clients[i]];
            (uint256 index, uint256 end) = _advance(query, client.lastIndex);
            for (++index; index <= end; ++index) {
                Feedback storage feedback = client.feedback[uint64(index)];
                if (!_matches(query, feedback)) continue;
                page.clients[found] = clients[i];
                page.feedbackIndexes[found] = uint64(index);
                page.values[found] = feedback.head.value();
                page.valueDecimals[found] = feedback.head.decimals();
                (page.tag1s[found], page.tag2s[found]) = _tags(feedback);
                page.revokedStatuses[found] = feedback.head.status() == FeedbackStatus.Revoked;
                ++found;
            }
        }
        _truncate(page, found);
    }

    /// @dev Takes one client's part of what is left of a page: feedbacks `start + 1` to `end`.
    function _advance(Query memory query, uint256 length) private pure returns (uint256 start, uint256 end) {
        (start, end) = Pages.window(length, query.offset, query.limit);
        query.offset -= start;
        query.limit -= end - start;
    }

    /// @dev Whether a query wants a feedback. Tags are only unpacked where they are asked for.
    function _matches(Query memory query, Feedback storage feedback) private view returns (bool) {
        if (feedback.head.status() == FeedbackStatus.Revoked && !query.includeRevoked) return false;
        if (query.tag1Hash == 0 && query.tag2Hash == 0) return true;
        (string memory tag1, string memory tag2) = _tags(feedback);
        return (query.tag1Hash == 0 || query.tag1Hash == keccak256(bytes(tag1)))
            && (query.tag2Hash == 0 || query.tag2Hash == keccak256(bytes(tag2)));
    }

    /// @dev Builds a query.
    function _query(
        uint256 agentId,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked,
        uint256 offset,
        uint256 limit
    )
        private
        pure
        returns (Query memory)
    {
        bytes32 tag1Hash = bytes(tag1).length == 0 ? bytes32(0) : keccak256(bytes(tag1));
        bytes32 tag2Hash = bytes(tag2).length == 0 ? bytes32(0) : keccak256(bytes(tag2));
        return Query(agentId, tag1Hash, tag2Hash, includeRevoked, offset, limit);
    }

    /// @dev Room for `length` entries.
    function _newPage(uint256 length) private pure returns (FeedbackPage memory) {
        return FeedbackPage(
            new address[](length),
            new uint64[](length),
            new int128[](length),
            new uint8[](length),
            new string[](length),
            new string[](length),
            new bool[](length)
        );
    }

    /// @dev Cuts every array of a page to what was found, which is never more than there is room for.
    function _truncate(FeedbackPage memory page, uint256 length) private pure {
        assembly ("memory-safe") {
            // A struct in memory is a row of pointers, one to each of the seven arrays.
            for { let i := 0 } lt(i, 7) { i := add(i, 1) } { mstore(mload(add(page, shl(5, i))), length) }
        }
    }
}
