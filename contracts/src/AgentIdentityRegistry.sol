// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AgentToken} from "./base/AgentToken.sol";
import {IAgentIdentityRegistry} from "./interfaces/IAgentIdentityRegistry.sol";
import {PackedBytes} from "./libraries/PackedBytes.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title ERC-8004 identity registry
/// @notice Registers agents and keeps what they say of themselves: URI, metadata and wallet.
contract AgentIdentityRegistry is AgentToken, EIP712Upgradeable {
    /// @notice How many metadata keys an agent may have.
    uint256 public constant MAX_METADATA_KEYS = 50;

    /// @notice The longest metadata value, in bytes.
    uint256 public constant MAX_METADATA_VALUE_LENGTH = 10 * 1024;

    /// @notice The longest agent URI, in bytes. More would not fit into one transaction (EIP-7825).
    uint256 public constant MAX_AGENT_URI_LENGTH = 20 * 1024;

    /// @notice How far ahead a wallet's signature may be valid, in seconds.
    uint256 public constant MAX_WALLET_DEADLINE_DELAY = 5 minutes;

    /// @dev The bytes of a URI that its agent's first slot holds.
    uint256 private constant URI_HEAD_LENGTH = 6;

    bytes32 private constant AGENT_WALLET_KEY_HASH = keccak256(bytes(AGENT_WALLET_KEY));

    bytes32 private constant AGENT_WALLET_SET_TYPEHASH =
        keccak256("AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)");

    /// @inheritdoc IAgentIdentityRegistry
    function initialize(address admin, uint48 adminDelay) external initializer {
        __ERC721_init("AgentIdentity", "AGENT");
        __EIP712_init("ERC8004IdentityRegistry", "1");
        __AccessControlDefaultAdminRules_init(adminDelay, admin);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function register() external nonReentrant whenNotPaused returns (uint256 agentId) {
        agentId = _mintNext();
        _announce(agentId, "");
        _checkReceiver(agentId);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function register(string calldata agentURI) external nonReentrant whenNotPaused returns (uint256 agentId) {
        agentId = _mintNext();
        _writeURI(agentId, agentURI);
        _announce(agentId, agentURI);
        _checkReceiver(agentId);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function register(
        string calldata agentURI,
        MetadataEntry[] calldata metadata
    )
        external
        nonReentrant
        whenNotPaused
        returns (uint256 agentId)
    {
        agentId = _mintNext();
        _writeURI(agentId, agentURI);
        _announce(agentId, agentURI);
        for (uint256 i = 0; i < metadata.length; ++i) {
            _writeMetadata(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
        _checkReceiver(agentId);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external nonReentrant whenNotPaused {
        _checkEditor(agentId);
        _writeURI(agentId, newURI);
        emit URIUpdated(agentId, newURI, msg.sender);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function setMetadata(
        uint256 agentId,
        string calldata metadataKey,
        bytes calldata metadataValue
    )
        external
        nonReentrant
        whenNotPaused
    {
        _checkEditor(agentId);
        _writeMetadata(agentId, metadataKey, metadataValue);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function setAgentWallet(
        uint256 agentId,
        address newWallet,
        uint256 deadline,
        bytes calldata signature
    )
        external
        nonReentrant
        whenNotPaused
    {
        address owner = _checkEditor(agentId);
        if (newWallet == address(0)) revert InvalidWallet(newWallet);
        if (deadline < block.timestamp) revert WalletDeadlinePassed(deadline, block.timestamp);
        uint256 latest = block.timestamp + MAX_WALLET_DEADLINE_DELAY;
        if (deadline > latest) revert WalletDeadlineTooFar(deadline, latest);
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(AGENT_WALLET_SET_TYPEHASH, agentId, newWallet, owner, deadline))
        );
        if (!_isSignedBy(newWallet, digest, signature)) revert InvalidWalletSignature(agentId, newWallet);

        Agent storage agent = _identityStorage().agents[agentId];
        agent.wallet = newWallet;
        agent.walletState = WalletState.Verified;
        emit MetadataSet(agentId, AGENT_WALLET_KEY, AGENT_WALLET_KEY, abi.encodePacked(newWallet));
    }

    /// @inheritdoc IAgentIdentityRegistry
    function unsetAgentWallet(uint256 agentId) external nonReentrant whenNotPaused {
        // A suspended agent too: that nobody is paid there any more harms nobody else.
        Agent storage agent = _identityStorage().agents[agentId];
        _checkAuthorized(agent.owner, msg.sender, agentId);
        // A verified wallet's slot is given back, which pays for itself (EIP-3529), so the first slot stays as it is.
        if (agent.walletState == WalletState.Verified) delete agent.wallet;
        else if (agent.walletState == WalletState.Owner) agent.walletState = WalletState.Cleared;
        emit MetadataSet(agentId, AGENT_WALLET_KEY, AGENT_WALLET_KEY, "");
    }

    /// @inheritdoc IAgentIdentityRegistry
    function suspendAgent(uint256 agentId) external nonReentrant onlyRole(REGISTRY_ADMIN_ROLE) {
        _requireOwned(agentId);
        Agent storage agent = _identityStorage().agents[agentId];
        if (agent.suspended) revert AgentIsSuspended(agentId);
        agent.suspended = true;
        emit AgentSuspended(agentId, msg.sender);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function restoreAgent(uint256 agentId) external nonReentrant onlyRole(REGISTRY_ADMIN_ROLE) {
        _requireOwned(agentId);
        Agent storage agent = _identityStorage().agents[agentId];
        if (!agent.suspended) revert AgentNotSuspended(agentId);
        agent.suspended = false;
        emit AgentRestored(agentId, msg.sender);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory) {
        bytes32 keyHash = keccak256(bytes(metadataKey));
        if (keyHash == AGENT_WALLET_KEY_HASH) {
            address wallet = getAgentWallet(agentId);
            return wallet == address(0) ? bytes("") : abi.encodePacked(wallet);
        }
        return _identityStorage().agents[agentId].metadata[keyHash];
    }

    /// @inheritdoc IAgentIdentityRegistry
    function getMetadataCount(uint256 agentId) external view returns (uint256) {
        return _identityStorage().agents[agentId].metadataCount;
    }

    /// @inheritdoc IAgentIdentityRegistry
    function isSuspended(uint256 agentId) external view returns (bool) {
        return _identityStorage().agents[agentId].suspended;
    }

    /// @inheritdoc IAgentIdentityRegistry
    function totalAgents() external view returns (uint256) {
        return _identityStorage().agentCount;
    }

    /// @inheritdoc IAgentIdentityRegistry
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool) {
        return _isAuthorized(_requireOwned(agentId), spender, agentId);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function authorizationOf(
        address spender,
        uint256 agentId
    )
        external
        view
        returns (bool authorized, bool suspended)
    {
        authorized = _isAuthorized(_requireOwned(agentId), spender, agentId);
        suspended = _identityStorage().agents[agentId].suspended;
    }

    /// @inheritdoc IAgentIdentityRegistry
    function getAgentWallet(uint256 agentId) public view returns (address) {
        Agent storage agent = _identityStorage().agents[agentId];
        WalletState state = agent.walletState;
        if (state == WalletState.Owner) return agent.owner;
        return state == WalletState.Verified ? agent.wallet : address(0);
    }

    /// @inheritdoc ERC721Upgradeable
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        Agent storage agent = _identityStorage().agents[tokenId];
        return string(
            PackedBytes.load(_restSlot(agent), bytes32(agent.uriHead), URI_HEAD_LENGTH, agent.uriLength)
        );
    }

    /// @dev Gives the caller the next agent. Its receiver hook waits for {_checkReceiver}.
    function _mintNext() private returns (uint256 agentId) {
        agentId = _identityStorage().agentCount++;
        _mint(msg.sender, agentId);
    }

    /// @dev The logs that every registration ends with. The wallet is the owner until it is changed, so nothing is
    /// written for it.
    function _announce(uint256 agentId, string memory agentURI) private {
        emit Registered(agentId, agentURI, msg.sender);
        emit MetadataSet(agentId, AGENT_WALLET_KEY, AGENT_WALLET_KEY, abi.encodePacked(msg.sender));
    }

    /// @dev ERC-721's hook of a safe mint, last of all: the receiver finds the agent complete, and the guard still up.
    function _checkReceiver(uint256 agentId) private {
        ERC721Utils.checkOnERC721Received(msg.sender, address(0), msg.sender, agentId, "");
    }

    /// @dev Writes the URI and the log that ERC-4906 asks for.
    function _writeURI(uint256 agentId, string memory uri) private {
        bytes memory data = bytes(uri);
        if (data.length > MAX_AGENT_URI_LENGTH) revert AgentURITooLong(data.length, MAX_AGENT_URI_LENGTH);
        Agent storage agent = _identityStorage().agents[agentId];
        agent.uriLength = uint16(data.length);
        agent.uriHead = bytes6(data);
        PackedBytes.storeRest(_restSlot(agent), data, URI_HEAD_LENGTH);
        emit MetadataUpdate(agentId);
    }

    /// @dev Writes one value and keeps count of the keys that have one.
    function _writeMetadata(uint256 agentId, string calldata key, bytes calldata value) private {
        bytes32 keyHash = keccak256(bytes(key));
        if (keyHash == AGENT_WALLET_KEY_HASH) revert ReservedMetadataKey(key);
        if (value.length > MAX_METADATA_VALUE_LENGTH) {
            revert MetadataValueTooLong(value.length, MAX_METADATA_VALUE_LENGTH);
        }
        Agent storage agent = _identityStorage().agents[agentId];
        bytes storage stored = agent.metadata[keyHash];
        bool had = stored.length != 0;
        bool has = value.length != 0;
        if (has && !had) {
            if (agent.metadataCount == MAX_METADATA_KEYS) revert TooManyMetadataKeys(agentId, MAX_METADATA_KEYS);
            ++agent.metadataCount;
        } else if (had && !has) {
            --agent.metadataCount;
        }
        agent.metadata[keyHash] = value;
        emit MetadataSet(agentId, key, key, value);
    }

    /// @dev Who may change what the agent says of itself, and whether it may be changed.
    function _checkEditor(uint256 agentId) private view returns (address owner) {
        Agent storage agent = _identityStorage().agents[agentId];
        owner = agent.owner;
        _checkAuthorized(owner, msg.sender, agentId);
        if (agent.suspended) revert AgentIsSuspended(agentId);
    }

    /// @dev By key first: an EIP-7702 account has code and still signs with its key. Then by ERC-1271.
    function _isSignedBy(address wallet, bytes32 digest, bytes calldata signature) private view returns (bool) {
        (address signer, ECDSA.RecoverError err,) = ECDSA.tryRecoverCalldata(digest, signature);
        return (err == ECDSA.RecoverError.NoError && signer == wallet)
            || SignatureChecker.isValidERC1271SignatureNowCalldata(wallet, digest, signature);
    }

    /// @dev Where the words of an agent's URI begin.
    function _restSlot(Agent storage agent) private view returns (uint256 slot) {
        bytes32[640] storage rest = agent.uriRest;
        assembly {
            slot := rest.slot
        }
    }
}
