// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {RegistryBase} from "./base/RegistryBase.sol";
import {IAgentIdentityRegistry} from "./interfaces/IAgentIdentityRegistry.sol";
import {IAgentValidationRegistry} from "./interfaces/IAgentValidationRegistry.sol";
import {Pages} from "./libraries/Pages.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title ERC-8004 validation registry
/// @notice Keeps requests for validation and the validators' latest answers.
contract AgentValidationRegistry is IAgentValidationRegistry, RegistryBase {
    /// @dev The first four fields fill one slot. Ids count up from 0, so 48 bits outlast any chain.
    struct Validation {
        address validator;
        uint48 agentId;
        uint40 lastUpdate;
        uint8 responsePlusOne; // 0 while unanswered
        bytes32 responseHash;
        string tag;
    }

    /// @custom:storage-location erc7201:agentregistries.storage.Validation
    struct ValidationStorage {
        address identityRegistry;
        bool isPaused;
        mapping(bytes32 requestHash => Validation) validations;
        mapping(uint256 agentId => bytes32[]) byAgent;
        mapping(address validator => bytes32[]) byValidator;
    }

    /// @dev The best response.
    uint8 private constant MAX_RESPONSE = 100;

    /// @dev The longest tag, in bytes.
    uint256 private constant MAX_TAG_LENGTH = 64;

    /// @dev The longest response URI, in bytes.
    uint256 private constant MAX_URI_LENGTH = 512;

    // keccak256(abi.encode(uint256(keccak256("agentregistries.storage.Validation")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant VALIDATION_STORAGE = 0xdfe115d3a8c0fcd5117e7d65afa8d537f99e23a8c9498cecd4c2fe9bbe3e4700;

    /// @inheritdoc IAgentValidationRegistry
    function initialize(address identityRegistry, address admin, uint48 adminDelay) external initializer {
        if (identityRegistry.code.length == 0) revert InvalidIdentityRegistry(identityRegistry);
        __AccessControlDefaultAdminRules_init(adminDelay, admin);
        _validationStorage().identityRegistry = identityRegistry;
    }

    /// @inheritdoc IAgentValidationRegistry
    function validationRequest(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        bytes32 requestHash
    )
        external
        nonReentrant
        whenNotPaused
    {
        if (validatorAddress == address(0)) revert InvalidValidator(validatorAddress);
        ValidationStorage storage $ = _validationStorage();
        (bool authorized, bool suspended) =
            IAgentIdentityRegistry($.identityRegistry).authorizationOf(msg.sender, agentId);
        if (!authorized) revert NotAuthorizedForAgent(agentId, msg.sender);
        if (suspended) revert AgentIsSuspended(agentId);

        Validation storage validation = $.validations[requestHash];
        if (validation.validator != address(0)) revert RequestAlreadyExists(requestHash);
        validation.validator = validatorAddress;
        validation.agentId = SafeCast.toUint48(agentId);
        validation.lastUpdate = uint40(block.timestamp);
        $.byAgent[agentId].push(requestHash);
        $.byValidator[validatorAddress].push(requestHash);
        emit ValidationRequest(validatorAddress, agentId, requestURI, requestHash);
    }

    /// @inheritdoc IAgentValidationRegistry
    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata responseURI,
        bytes32 responseHash,
        string calldata tag
    )
        external
        nonReentrant
        whenNotPaused
    {
        if (response > MAX_RESPONSE) revert ResponseOutOfRange(response, MAX_RESPONSE);
        if (bytes(responseURI).length > MAX_URI_LENGTH) revert URITooLong(bytes(responseURI).length, MAX_URI_LENGTH);
        if (bytes(tag).length > MAX_TAG_LENGTH) revert TagTooLong(bytes(tag).length, MAX_TAG_LENGTH);
        Validation storage validation = _requireValidation(requestHash);
        if (validation.validator != msg.sender) revert NotTheValidator(requestHash, msg.sender);

        validation.responsePlusOne = response + 1;
        validation.lastUpdate = uint40(block.timestamp);
        validation.responseHash = responseHash;
        validation.tag = tag;
        emit ValidationResponse(msg.sender, validation.agentId, requestHash, response, responseURI, responseHash, tag);
    }

    /// @inheritdoc IAgentValidationRegistry
    function getIdentityRegistry() external view returns (address) {
        return _validationStorage().identityRegistry;
    }

    /// @inheritdoc IAgentValidationRegistry
    function getValidationStatus(bytes32 requestHash)
        external
        view
        returns (
            address validatorAddress,
            uint256 agentId,
            uint8 response,
            bytes32 responseHash,
            string memory tag,
            uint256 lastUpdate
        )
    {
        Validation storage validation = _requireValidation(requestHash);
        uint8 plusOne = validation.responsePlusOne;
        return (
            validation.validator,
            validation.agentId,
            plusOne == 0 ? 0 : plusOne - 1,
            validation.responseHash,
            validation.tag,
            validation.lastUpdate
        );
    }

    /// @inheritdoc IAgentValidationRegistry
    function getSummary(
        uint256 agentId,
        address[] calldata validatorAddresses,
        string calldata tag
    )
        external
        view
        returns (uint64 count, uint8 avgResponse)
    {
        uint256 sum;
        (count, sum,) = getSummaryPaged(agentId, validatorAddresses, tag, 0, type(uint256).max);
        avgResponse = count == 0 ? 0 : uint8(sum / count);
    }

    /// @inheritdoc IAgentValidationRegistry
    function getAgentValidations(uint256 agentId) external view returns (bytes32[] memory) {
        return _validationStorage().byAgent[agentId];
    }

    /// @inheritdoc IAgentValidationRegistry
    function getAgentValidationsPaged(
        uint256 agentId,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (bytes32[] memory requestHashes, uint256 total)
    {
        bytes32[] storage all = _validationStorage().byAgent[agentId];
        return (Pages.slice(all, offset, limit), all.length);
    }

    /// @inheritdoc IAgentValidationRegistry
    function getValidatorRequests(address validatorAddress) external view returns (bytes32[] memory) {
        return _validationStorage().byValidator[validatorAddress];
    }

    /// @inheritdoc IAgentValidationRegistry
    function getValidatorRequestsPaged(
        address validatorAddress,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (bytes32[] memory requestHashes, uint256 total)
    {
        bytes32[] storage all = _validationStorage().byValidator[validatorAddress];
        return (Pages.slice(all, offset, limit), all.length);
    }

    /// @inheritdoc IAgentValidationRegistry
    function getSummaryPaged(
        uint256 agentId,
        address[] calldata validatorAddresses,
        string calldata tag,
        uint256 offset,
        uint256 limit
    )
        public
        view
        returns (uint64 count, uint256 sum, uint256 total)
    {
        ValidationStorage storage $ = _validationStorage();
        bytes32[] storage all = $.byAgent[agentId];
        total = all.length;
        (uint256 start, uint256 end) = Pages.window(total, offset, limit);
        for (uint256 i = start; i < end; ++i) {
            Validation storage validation = $.validations[all[i]];
            uint256 plusOne = validation.responsePlusOne;
            if (plusOne == 0 || !_isListed(validatorAddresses, validation.validator)) continue;
            if (bytes(tag).length != 0 && keccak256(bytes(tag)) != keccak256(bytes(validation.tag))) continue;
            sum += plusOne - 1;
            ++count;
        }
    }

    /// @inheritdoc RegistryBase
    function paused() public view override returns (bool) {
        return _validationStorage().isPaused;
    }

    /// @inheritdoc RegistryBase
    function _setPaused(bool value) internal override {
        _validationStorage().isPaused = value;
    }

    /// @dev Finds a request or reverts.
    function _requireValidation(bytes32 requestHash) private view returns (Validation storage validation) {
        validation = _validationStorage().validations[requestHash];
        if (validation.validator == address(0)) revert UnknownRequest(requestHash);
    }

    /// @dev Whether a validator passes the filter. An empty list is no filter.
    function _isListed(address[] calldata list, address validator) private pure returns (bool) {
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == validator) return true;
        }
        return list.length == 0;
    }

    /// @dev The validation registry's namespace (ERC-7201).
    function _validationStorage() private pure returns (ValidationStorage storage $) {
        assembly {
            $.slot := VALIDATION_STORAGE
        }
    }
}
