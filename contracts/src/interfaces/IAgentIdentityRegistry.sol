// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// @title ERC-8004 identity registry
/// @notice Each agent is an ERC-721 token whose URI names its registration file. Ids count from 0 and are never reused.
/// @dev The ERC-721, ERC-4906 and ERC-5267 parts of the registry are those standards' own interfaces.
interface IAgentIdentityRegistry {
    /// @notice One piece of on-chain metadata, as handed to {register}.
    /// @param metadataKey The key; "agentWallet" is reserved.
    /// @param metadataValue The value, of any meaning.
    struct MetadataEntry {
        string metadataKey;
        bytes metadataValue;
    }

    /// @notice An agent was registered.
    /// @param agentId The new agent.
    /// @param agentURI Where its registration file is; may be empty.
    /// @param owner The account that registered it.
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);

    /// @notice A value was set. An empty value for "agentWallet" means that the wallet was cleared.
    /// @param agentId The agent.
    /// @param indexedMetadataKey The key, hashed for filters.
    /// @param metadataKey The key.
    /// @param metadataValue The value; for "agentWallet" the 20 bytes of the address.
    event MetadataSet(
        uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue
    );

    /// @notice The agent's URI was replaced.
    /// @param agentId The agent.
    /// @param newURI Where its registration file is now.
    /// @param updatedBy The owner, approved address or operator who set it.
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);

    /// @notice The agent was suspended by the registry's moderation.
    /// @param agentId The agent.
    /// @param by The registry admin.
    event AgentSuspended(uint256 indexed agentId, address indexed by);

    /// @notice The agent's suspension was lifted.
    /// @param agentId The agent.
    /// @param by The registry admin.
    event AgentRestored(uint256 indexed agentId, address indexed by);

    /// @notice The key can only be changed through {setAgentWallet} and {unsetAgentWallet}.
    /// @param metadataKey The reserved key.
    error ReservedMetadataKey(string metadataKey);

    /// @notice The agent has as many metadata keys as an agent may have.
    /// @param agentId The agent.
    /// @param max How many it may have.
    error TooManyMetadataKeys(uint256 agentId, uint256 max);

    /// @notice The metadata value is too long.
    /// @param length Its length in bytes.
    /// @param max The longest allowed.
    error MetadataValueTooLong(uint256 length, uint256 max);

    /// @notice The agent URI is too long.
    /// @param length Its length in bytes.
    /// @param max The longest allowed.
    error AgentURITooLong(uint256 length, uint256 max);

    /// @notice The address cannot be an agent's wallet.
    /// @param wallet The address.
    error InvalidWallet(address wallet);

    /// @notice The wallet's signature was valid until a time that is past.
    /// @param deadline The time signed.
    /// @param timestamp The time of the block.
    error WalletDeadlinePassed(uint256 deadline, uint256 timestamp);

    /// @notice The wallet's signature would stay valid for too long.
    /// @param deadline The time signed.
    /// @param latest The latest time that is accepted in this block.
    error WalletDeadlineTooFar(uint256 deadline, uint256 latest);

    /// @notice The signature is not one by the new wallet over this change.
    /// @param agentId The agent.
    /// @param wallet The wallet that should have signed.
    error InvalidWalletSignature(uint256 agentId, address wallet);

    /// @notice The agent is suspended: the call would change what it says of itself, or suspend it again.
    /// @param agentId The agent.
    error AgentIsSuspended(uint256 agentId);

    /// @notice The agent is not suspended, so there is nothing to restore.
    /// @param agentId The agent.
    error AgentNotSuspended(uint256 agentId);

    /// @notice Prepares a new proxy. Works once.
    /// @param admin The first default admin.
    /// @param adminDelay The seconds that a change of admin has to wait.
    function initialize(address admin, uint48 adminDelay) external;

    /// @notice Registers an agent without a URI.
    /// @dev Emits Transfer, {Registered} and {MetadataSet} for the wallet.
    /// @return agentId The new agent, owned by the caller.
    function register() external returns (uint256 agentId);

    /// @notice Registers an agent.
    /// @dev Emits Transfer, MetadataUpdate, {Registered} and {MetadataSet} for the wallet.
    /// @param agentURI Where its registration file is.
    /// @return agentId The new agent, owned by the caller.
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice Registers an agent with on-chain metadata.
    /// @dev Emits Transfer, MetadataUpdate, {Registered}, {MetadataSet} for the wallet, then one for each entry.
    /// @param agentURI Where its registration file is.
    /// @param metadata The first metadata.
    /// @return agentId The new agent, owned by the caller.
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId);

    /// @notice Replaces an agent's URI. For the owner, the approved address and operators.
    /// @dev Emits MetadataUpdate and {URIUpdated}.
    /// @param agentId The agent.
    /// @param newURI Where its registration file is now.
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice Sets one metadata value; an empty one removes the key. For the owner, the approved address and operators.
    /// @dev Emits {MetadataSet}.
    /// @param agentId The agent.
    /// @param metadataKey The key.
    /// @param metadataValue The value.
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external;

    /// @notice Sets the wallet where the agent is paid. For the owner, the approved address and operators.
    /// @dev The new wallet signs `AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)`
    /// (EIP-712, domain name "ERC8004IdentityRegistry", version "1") by its key or through ERC-1271. Emits
    /// {MetadataSet}.
    /// @param agentId The agent.
    /// @param newWallet The wallet.
    /// @param deadline Until when the signature is valid; at most five minutes ahead.
    /// @param signature The new wallet's signature.
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external;

    /// @notice Clears the wallet. For the owner, the approved address and operators, of a suspended agent too.
    /// @dev Emits {MetadataSet} with an empty value.
    /// @param agentId The agent.
    function unsetAgentWallet(uint256 agentId) external;

    /// @notice Suspends an agent: what it says of itself is frozen, and the other registries take no new feedback and
    /// validation requests for it. Ownership, approvals and reads are not touched. Also while paused.
    /// @dev Needs REGISTRY_ADMIN_ROLE. Emits {AgentSuspended}.
    /// @param agentId The agent.
    function suspendAgent(uint256 agentId) external;

    /// @notice Lifts a suspension. Also while paused.
    /// @dev Needs REGISTRY_ADMIN_ROLE. Emits {AgentRestored}.
    /// @param agentId The agent.
    function restoreAgent(uint256 agentId) external;

    /// @notice The wallet where the agent is paid.
    /// @param agentId The agent.
    /// @return The wallet; zero where it was cleared or the agent is unknown.
    function getAgentWallet(uint256 agentId) external view returns (address);

    /// @notice One metadata value.
    /// @param agentId The agent.
    /// @param metadataKey The key.
    /// @return The value; empty where it was never set or the agent is unknown.
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory);

    /// @notice How many metadata keys the agent has, "agentWallet" left out.
    /// @param agentId The agent.
    /// @return The count.
    function getMetadataCount(uint256 agentId) external view returns (uint256);

    /// @notice Whether the registry's moderation has suspended the agent.
    /// @param agentId The agent.
    /// @return True while suspended.
    function isSuspended(uint256 agentId) external view returns (bool);

    /// @notice How many agents were ever registered; the next agent gets this id.
    /// @return The count.
    function totalAgents() external view returns (uint256);

    /// @notice Whether an account may act for an agent. Reverts for an unknown agent.
    /// @param spender The account.
    /// @param agentId The agent.
    /// @return True for the owner, the approved address and operators.
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool);

    /// @notice What the other registries ask, in one call. Reverts for an unknown agent.
    /// @param spender The account.
    /// @param agentId The agent.
    /// @return authorized As {isAuthorizedOrOwner}.
    /// @return suspended As {isSuspended}.
    function authorizationOf(address spender, uint256 agentId) external view returns (bool authorized, bool suspended);
}
