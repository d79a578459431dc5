// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// @title ERC-8004 validation registry
/// @notice Agents ask a validator to check their work; the validator answers with 0 to 100, as often as it learns more.
interface IAgentValidationRegistry {
    /// @notice A validation was asked for.
    /// @param validatorAddress Who is to validate.
    /// @param agentId The agent whose work it is.
    /// @param requestURI Where the work is.
    /// @param requestHash The KECCAK-256 hash of the request, which identifies it.
    event ValidationRequest(
        address indexed validatorAddress, uint256 indexed agentId, string requestURI, bytes32 indexed requestHash
    );

    /// @notice A validator answered.
    /// @param validatorAddress The validator.
    /// @param agentId The agent.
    /// @param requestHash The request.
    /// @param response 0 (failed) to 100 (passed).
    /// @param responseURI Where the evidence is.
    /// @param responseHash The KECCAK-256 hash of the evidence.
    /// @param tag The validator's own categorisation.
    event ValidationResponse(
        address indexed validatorAddress,
        uint256 indexed agentId,
        bytes32 indexed requestHash,
        uint8 response,
        string responseURI,
        bytes32 responseHash,
        string tag
    );

    /// @notice The address is not a contract, so it cannot be the identity registry.
    /// @param identityRegistry The address.
    error InvalidIdentityRegistry(address identityRegistry);

    /// @notice The address cannot be a validator.
    /// @param validatorAddress The address.
    error InvalidValidator(address validatorAddress);

    /// @notice Only the owner, the approved address and operators ask for an agent's validation.
    /// @param agentId The agent.
    /// @param caller Who asked.
    error NotAuthorizedForAgent(uint256 agentId, address caller);

    /// @notice The agent is suspended and asks for no validations.
    /// @param agentId The agent.
    error AgentIsSuspended(uint256 agentId);

    /// @notice The hash was used by an earlier request.
    /// @param requestHash The hash.
    error RequestAlreadyExists(bytes32 requestHash);

    /// @notice There is no request with this hash.
    /// @param requestHash The hash.
    error UnknownRequest(bytes32 requestHash);

    /// @notice Only the validator that the request names answers it.
    /// @param requestHash The request.
    /// @param caller Who tried.
    error NotTheValidator(bytes32 requestHash, address caller);

    /// @notice A response is a number from 0 to 100.
    /// @param response The number given.
    /// @param max The largest allowed.
    error ResponseOutOfRange(uint8 response, uint8 max);

    /// @notice The tag is too long.
    /// @param length Its length in bytes.
    /// @param max The longest allowed.
    error TagTooLong(uint256 length, uint256 max);

    /// @notice The response URI is too long.
    /// @param length Its length in bytes.
    /// @param max The longest allowed.
    error URITooLong(uint256 length, uint256 max);

    /// @notice Prepares a new proxy. Works once.
    /// @param identityRegistry The registry whose agents are validated.
    /// @param admin The first default admin.
    /// @param adminDelay The seconds that a change of admin has to wait.
    function initialize(address identityRegistry, address admin, uint48 adminDelay) external;

    /// @notice Asks for a validation. For the agent's owner, approved address and operators.
    /// @dev Emits {ValidationRequest}. The URI is in the log only.
    /// @param validatorAddress Who is to validate.
    /// @param agentId The agent whose work it is.
    /// @param requestURI Where the work is.
    /// @param requestHash The KECCAK-256 hash of the request; each can be used once for ever.
    function validationRequest(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        bytes32 requestHash
    )
        external;

    /// @notice Answers a request, or replaces an earlier answer. For the named validator.
    /// @dev Emits {ValidationResponse}. The URI is in the log only.
    /// @param requestHash The request.
    /// @param response 0 (failed) to 100 (passed).
    /// @param responseURI Where the evidence is; may be empty.
    /// @param responseHash The KECCAK-256 hash of the evidence; may be zero.
    /// @param tag A categorisation; may be empty.
    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata responseURI,
        bytes32 responseHash,
        string calldata tag
    )
        external;

    /// @notice The registry whose agents are validated.
    /// @return Its address.
    function getIdentityRegistry() external view returns (address);

    /// @notice One request and its latest answer. Reverts for an unknown request.
    /// @param requestHash The request.
    /// @return validatorAddress Who is to validate.
    /// @return agentId The agent.
    /// @return response The answer; 0 while there is none.
    /// @return responseHash The hash of the evidence.
    /// @return tag The validator's categorisation.
    /// @return lastUpdate When it was asked for or last answered.
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
        );

    /// @notice The average answer to an agent's requests, by integer division. Open requests do not count.
    /// @param agentId The agent.
    /// @param validatorAddresses Only these validators' answers; empty for all.
    /// @param tag Only answers with this tag; empty for any.
    /// @return count How many answers there are.
    /// @return avgResponse Their average; 0 where there are none.
    function getSummary(
        uint256 agentId,
        address[] calldata validatorAddresses,
        string calldata tag
    )
        external
        view
        returns (uint64 count, uint8 avgResponse);

    /// @notice A part of {getSummary} that adds up: counts and sums of pages make those of the whole.
    /// @param agentId The agent.
    /// @param validatorAddresses Only these validators' answers; empty for all.
    /// @param tag Only answers with this tag; empty for any.
    /// @param offset How many of the agent's requests to leave out, before any filter.
    /// @param limit How many to look at.
    /// @return count How many answers there are.
    /// @return sum What they add up to.
    /// @return total How many requests the agent made; a page that reaches it is the last.
    function getSummaryPaged(
        uint256 agentId,
        address[] calldata validatorAddresses,
        string calldata tag,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (uint64 count, uint256 sum, uint256 total);

    /// @notice Every request of an agent, oldest first.
    /// @param agentId The agent.
    /// @return The requests.
    function getAgentValidations(uint256 agentId) external view returns (bytes32[] memory);

    /// @notice A part of {getAgentValidations}.
    /// @param agentId The agent.
    /// @param offset How many requests to leave out.
    /// @param limit How many to list.
    /// @return requestHashes The requests.
    /// @return total How many there are.
    function getAgentValidationsPaged(
        uint256 agentId,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (bytes32[] memory requestHashes, uint256 total);

    /// @notice Every request to a validator, oldest first.
    /// @param validatorAddress The validator.
    /// @return The requests.
    function getValidatorRequests(address validatorAddress) external view returns (bytes32[] memory);

    /// @notice A part of {getValidatorRequests}.
    /// @param validatorAddress The validator.
    /// @param offset How many requests to leave out.
    /// @param limit How many to list.
    /// @return requestHashes The requests.
    /// @return total How many there are.
    function getValidatorRequestsPaged(
        address validatorAddress,
        uint256 offset,
        uint256 limit
    )
        external
        view
        returns (bytes32[] memory requestHashes, uint256 total);
}
