// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {ReputationReads} from "./base/ReputationReads.sol";
import {IAgentIdentityRegistry} from "./interfaces/IAgentIdentityRegistry.sol";
import {IAgentReputationRegistry} from "./interfaces/IAgentReputationRegistry.sol";
import {FeedbackMath} from "./libraries/FeedbackMath.sol";
import {FeedbackHead, FeedbackStatus} from "./types/FeedbackHead.sol";

/// @title ERC-8004 reputation registry
/// @notice Takes feedback, its revocation and responses to it. The reads are in {ReputationReads}.
contract AgentReputationRegistry is ReputationReads {
    /// @dev The longest tag, in bytes.
    uint256 private constant MAX_TAG_LENGTH = 64;

    /// @dev The longest endpoint, feedback or response URI, in bytes.
    uint256 private constant MAX_URI_LENGTH = 512;

    /// @dev The longest interval between two feedbacks that the registry admin can ask for, in seconds.
    uint256 private constant MAX_FEEDBACK_INTERVAL = 1 days;

    /// @inheritdoc IAgentReputationRegistry
    function initialize(address identityRegistry, address admin, uint48 adminDelay) external initializer {
        if (identityRegistry.code.length == 0) revert InvalidIdentityRegistry(identityRegistry);
        __AccessControlDefaultAdminRules_init(adminDelay, admin);
        ReputationStorage storage $ = _reputationStorage();
        $.identityRegistry = identityRegistry;
        $.interval = 60;
        emit FeedbackIntervalUpdated(0, 60);
    }

    /// @inheritdoc IAgentReputationRegistry
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    )
        external
        nonReentrant
        whenNotPaused
    {
        _checkValue(value, valueDecimals);
        _checkTag(tag1);
        _checkTag(tag2);
        _checkURI(endpoint);
        _checkURI(feedbackURI);
        _checkRater(agentId);
        (Client storage client, uint64 feedbackIndex) = _nextIndex(agentId);
        _writeFeedback(client.feedback[feedbackIndex], value, valueDecimals, tag1, tag2);
        emit NewFeedback(
            agentId,
            msg.sender,
            feedbackIndex,
            value,
            valueDecimals,
            tag1,
            tag1,
            tag2,
            endpoint,
            feedbackURI,
            feedbackHash
        );
    }

    /// @inheritdoc IAgentReputationRegistry
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external nonReentrant whenNotPaused {
        Feedback storage feedback = _reputationStorage().agents[agentId].byAddress[msg.sender].feedback[feedbackIndex];
        FeedbackHead head = feedback.head;
        if (!head.isActive()) {
            if (head.status() == FeedbackStatus.None) revert FeedbackNotFound(agentId, msg.sender, feedbackIndex);
            revert FeedbackAlreadyRevoked(agentId, msg.sender, feedbackIndex);
        }
        feedback.head = head.asRevoked();
        emit FeedbackRevoked(agentId, msg.sender, feedbackIndex);
    }

    /// @inheritdoc IAgentReputationRegistry
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    )
        external
        nonReentrant
        whenNotPaused
    {
        if (bytes(responseURI).length == 0) revert EmptyResponseURI(agentId, clientAddress, feedbackIndex);
        _checkURI(responseURI);
        _requireFeedback(agentId, clientAddress, feedbackIndex);
        Client storage client = _reputationStorage().agents[agentId].byAddress[clientAddress];
        _countResponse(client.responses[feedbackIndex], msg.sender);
        emit ResponseAppended(agentId, clientAddress, feedbackIndex, msg.sender, responseURI, responseHash);
    }

    /// @inheritdoc IAgentReputationRegistry
    function setFeedbackInterval(uint256 interval) external nonReentrant onlyRole(REGISTRY_ADMIN_ROLE) {
        if (interval > MAX_FEEDBACK_INTERVAL) revert IntervalTooLong(interval, MAX_FEEDBACK_INTERVAL);
        ReputationStorage storage $ = _reputationStorage();
        emit FeedbackIntervalUpdated($.interval, interval);
        $.interval = uint32(interval);
    }

    /// @dev The caller's next index, with the interval since the last one enforced.
    function _nextIndex(uint256 agentId) private returns (Client storage client, uint64 feedbackIndex) {
        ReputationStorage storage $ = _reputationStorage();
        client = $.agents[agentId].byAddress[msg.sender];
        feedbackIndex = client.lastIndex + 1;
        if (feedbackIndex == 1) {
            $.agents[agentId].clients.push(msg.sender);
        } else {
            uint256 retryAt = uint256(client.lastGivenAt) + $.interval;
            if (block.timestamp < retryAt) revert FeedbackTooSoon(agentId, msg.sender, retryAt);
        }
        client.lastIndex = feedbackIndex;
        client.lastGivenAt = uint64(block.timestamp);
    }

    /// @dev Refuses owners, operators and suspended agents; the identity registry refuses unknown agents.
    function _checkRater(uint256 agentId) private view {
        IAgentIdentityRegistry identity = IAgentIdentityRegistry(_reputationStorage().identityRegistry);
        (bool authorized, bool suspended) = identity.authorizationOf(msg.sender, agentId);
        if (authorized) revert SelfFeedback(agentId, msg.sender);
        if (suspended) revert AgentIsSuspended(agentId);
    }

    /// @dev ERC-8004: 0 to 18 decimals; the reference bounds the magnitude.
    function _checkValue(int128 value, uint8 valueDecimals) private pure {
        if (valueDecimals > FeedbackMath.MAX_DECIMALS) {
            revert TooManyDecimals(valueDecimals, FeedbackMath.MAX_DECIMALS);
        }
        if (value > FeedbackMath.MAX_VALUE || value < -FeedbackMath.MAX_VALUE) {
            revert ValueOutOfRange(value, FeedbackMath.MAX_VALUE);
        }
    }

    function _checkTag(string calldata tag) private pure {
        if (bytes(tag).length > MAX_TAG_LENGTH) revert TagTooLong(bytes(tag).length, MAX_TAG_LENGTH);
    }

    function _checkURI(string calldata uri) private pure {
        if (bytes(uri).length > MAX_URI_LENGTH) revert URITooLong(bytes(uri).length, MAX_URI_LENGTH);
    }
}
