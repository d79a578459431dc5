// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentReputationRegistry} from "../interfaces/IAgentReputationRegistry.sol";
import {PackedBytes} from "../libraries/PackedBytes.sol";
import {FeedbackHead, FeedbackHeadLibrary, FeedbackStatus} from "../types/FeedbackHead.sol";
import {RegistryBase} from "./RegistryBase.sol";

/// @title What the reputation registry keeps
/// @notice One slot for a feedback whose tags are short, one for a client, one for the responses of one responder.
abstract contract ReputationStore is RegistryBase {
    /// @dev A feedback.
    struct Feedback {
        FeedbackHead head;
        bytes32[4] tagRest; // two tags less the head, see PackedBytes
    }

    /// @dev Most feedback has one responder, so the first one and both counts share a slot.
    struct Responses {
        address firstResponder;
        uint48 firstCount;
        uint48 total;
        mapping(address responder => uint64) others;
    }

    /// @dev A client of one agent. The interval's timestamp lies beside the index that a new feedback raises anyway.
    struct Client {
        uint64 lastIndex;
        uint64 lastGivenAt;
        mapping(uint64 feedbackIndex => Feedback) feedback;
        mapping(uint64 feedbackIndex => Responses) responses;
    }

    struct AgentRecord {
        address[] clients;
        mapping(address client => Client) byAddress;
    }

    /// @custom:storage-location erc7201:agentregistries.storage.Reputation
    struct ReputationStorage {
        address identityRegistry;
        bool isPaused;
        uint32 interval; // the least time between two feedbacks of one client
        mapping(uint256 agentId => AgentRecord) agents;
    }

    // keccak256(abi.encode(uint256(keccak256("agentregistries.storage.Reputation")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant REPUTATION_STORAGE = 0x9d54ecd24c8a2a9f3abeb96628e4003f1fc98730ef8e7212a4157881c5ecab00;

    /// @inheritdoc RegistryBase
    function paused() public view override returns (bool) {
        return _reputationStorage().isPaused;
    }

    /// @inheritdoc RegistryBase
    function _setPaused(bool value) internal override {
        _reputationStorage().isPaused = value;
    }

    /// @dev Writes a feedback that was not there before.
    function _writeFeedback(
        Feedback storage feedback,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2
    )
        internal
    {
        bytes memory tags = bytes.concat(bytes(tag1), bytes(tag2));
        feedback.head =
            FeedbackHeadLibrary.pack(value, valueDecimals, bytes(tag1).length, bytes(tag2).length, bytes12(tags));
        PackedBytes.storeRest(_restSlot(feedback), tags, FeedbackHeadLibrary.TAG_HEAD_LENGTH);
    }

    /// @dev Counts one more response.
    function _countResponse(Responses storage responses, address responder) internal {
        address first = responses.firstResponder;
        if (first == address(0)) responses.firstResponder = first = responder;
        if (first == responder) ++responses.firstCount;
        else ++responses.others[responder];
        ++responses.total;
    }

    /// @dev Finds a feedback or reverts.
    function _requireFeedback(
        uint256 agentId,
        address client,
        uint64 feedbackIndex
    )
        internal
        view
        returns (Feedback storage feedback)
    {
        feedback = _reputationStorage().agents[agentId].byAddress[client].feedback[feedbackIndex];
        if (feedback.head.status() == FeedbackStatus.None) {
            revert IAgentReputationRegistry.FeedbackNotFound(agentId, client, feedbackIndex);
        }
    }

    /// @dev Unpacks both tags.
    function _tags(Feedback storage feedback) internal view returns (string memory tag1, string memory tag2) {
        FeedbackHead head = feedback.head;
        uint256 length1 = head.tag1Length();
        uint256 length2 = head.tag2Length();
        bytes memory tags = PackedBytes.load(
            _restSlot(feedback), head.tagHead(), FeedbackHeadLibrary.TAG_HEAD_LENGTH, length1 + length2
        );
        bytes memory second = new bytes(length2);
        assembly ("memory-safe") {
            mcopy(add(second, 0x20), add(add(tags, 0x20), length1), length2)
            mstore(tags, length1)
        }
        return (string(tags), string(second));
    }

    /// @dev Counts the responses to a client's feedbacks `start + 1` to `end`.
    function _responses(
        Client storage client,
        uint256 start,
        uint256 end,
        address[] calldata responders
    )
        internal
        view
        returns (uint64 count)
    {
        for (uint256 index = start + 1; index <= end; ++index) {
            Responses storage responses = client.responses[uint64(index)];
            if (responders.length == 0) count += responses.total;
            for (uint256 i = 0; i < responders.length; ++i) {
                bool isFirst = responders[i] == responses.firstResponder;
                count += isFirst ? responses.firstCount : responses.others[responders[i]];
            }
        }
    }

    /// @dev The reputation registry's namespace (ERC-7201).
    function _reputationStorage() internal pure returns (ReputationStorage storage $) {
        assembly {
            $.slot := REPUTATION_STORAGE
        }
    }

    /// @dev Where the words of a feedback's tags begin.
    function _restSlot(Feedback storage feedback) private view returns (uint256 slot) {
        bytes32[4] storage rest = feedback.tagRest;
        assembly {
            slot := rest.slot
        }
    }
}
