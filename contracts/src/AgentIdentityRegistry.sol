// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AgentToken} from "./base/AgentToken.sol";
import {IAgentIdentityRegistry} from "./interfaces/IAgentIdentityRegistry.sol";
import {PackedBytes} from "./libraries/PackedBytes.sol";
import {AgentHead, AgentHeadLibrary, WalletState} from "./types/AgentHead.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title ERC-8004 identity registry
/// @notice Registers agents and keeps what they say of themselves: URI, metadata and wallet.
contract AgentIdentityRegistry is AgentToken, EIP712Upgradeable {
    /// @dev How many metadata keys an agent may have.
    uint256 private constant MAX_METADATA_KEYS = 50;

    /// @dev The longest metadata value, in bytes.
    uint256 private constant MAX_METADATA_VALUE_LENGTH = 10 * 1024;

    /// @dev The longest agent URI, in bytes. More would not fit into one transaction (EIP-7825).
    uint256 private constant MAX_AGENT_URI_LENGTH = 20 * 1024;

    /// @dev How far ahead a wallet's signature may be valid, in seconds.
    uint256 private constant MAX_WALLET_DEADLINE_DELAY = 5 minutes;

    /// @dev The bytes of a metadata value that its first slot holds.
    uint256 private constant METADATA_HEAD_LENGTH = 30;

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
        emit Registered(agentId, "", msg.sender);
        _logWallet(agentId, msg.sender);
        _checkReceiver(agentId);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function register(string calldata agentURI) external nonReentrant whenNotPaused returns (uint256 agentId) {
        agentId = _mintNext();
        _describe(agentId, agentURI);
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
        _describe(agentId, agentURI);
        Agent storage agent = _identityStorage().agents[agentId];
        for (uint256 i = 0; i < metadata.length; ++i) {
            _writeMetadata(agent, agent.head, agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
        _checkReceiver(agentId);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external nonReentrant whenNotPaused {
        (Agent storage agent, AgentHead head) = _authorized(agentId, false);
        _writeURI(agent, head, agentId, newURI);
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
        (Agent storage agent, AgentHead head) = _authorized(agentId, false);
        _writeMetadata(agent, head, agentId, metadataKey, metadataValue);
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
        (Agent storage agent, AgentHead head) = _authorized(agentId, false);
        if (newWallet == address(0)) revert InvalidWallet(newWallet);
        if (deadline < block.timestamp) revert WalletDeadlinePassed(deadline, block.timestamp);
        uint256 latest = block.timestamp + MAX_WALLET_DEADLINE_DELAY;
        if (deadline > latest) revert WalletDeadlineTooFar(deadline, latest);
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(AGENT_WALLET_SET_TYPEHASH, agentId, newWallet, head.owner(), deadline))
        );
        if (!_isSignedBy(newWallet, digest, signature)) revert InvalidWalletSignature(agentId, newWallet);

        agent.wallet = newWallet;
        agent.head = head.withWalletState(WalletState.Verified);
        _logWallet(agentId, newWallet);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function unsetAgentWallet(uint256 agentId) external nonReentrant whenNotPaused {
        // A suspended agent too: that nobody is paid there any more harms nobody else.
        (Agent storage agent, AgentHead head) = _authorized(agentId, true);
        WalletState state = head.walletState();
        // A verified wallet's slot is given back, which pays for itself (EIP-3529), so the first slot stays as it is.
        if (state == WalletState.Verified) delete agent.wallet;
        else if (state == WalletState.Owner) agent.head = head.withWalletState(WalletState.Cleared);
        _logWallet(agentId, address(0));
    }

    /// @inheritdoc IAgentIdentityRegistry
    function suspendAgent(uint256 agentId) external nonReentrant onlyRole(REGISTRY_ADMIN_ROLE) {
        _requireOwned(agentId);
        Agent storage agent = _identityStorage().agents[agentId];
        if (agent.head.suspended()) revert AgentIsSuspended(agentId);
        agent.head = agent.head.withSuspended(true);
        emit AgentSuspended(agentId, msg.sender);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function restoreAgent(uint256 agentId) external nonReentrant onlyRole(REGISTRY_ADMIN_ROLE) {
        _requireOwned(agentId);
        Agent storage agent = _identityStorage().agents[agentId];
        if (!agent.head.suspended()) revert AgentNotSuspended(agentId);
        agent.head = agent.head.withSuspended(false);
        emit AgentRestored(agentId, msg.sender);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory) {
        bytes32 keyHash = _hash(metadataKey);
        if (keyHash == AGENT_WALLET_KEY_HASH) {
            address wallet = getAgentWallet(agentId);
            return wallet == address(0) ? bytes("") : abi.encodePacked(wallet);
        }
        Metadata storage entry = _identityStorage().agents[agentId].metadata[keyHash];
        return PackedBytes.load(_slotOf(entry.rest), entry.head, METADATA_HEAD_LENGTH, entry.length);
    }

    /// @inheritdoc IAgentIdentityRegistry
    function getMetadataCount(uint256 agentId) external view returns (uint256) {
        return _identityStorage().agents[agentId].head.metadataCount();
    }

    /// @inheritdoc IAgentIdentityRegistry
    function isSuspended(uint256 agentId) external view returns (bool) {
        return _identityStorage().agents[agentId].head.suspended();
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
    function authorizationOf(address spender, uint256 agentId) external view returns (bool authorized, bool suspended) {
        authorized = _isAuthorized(_requireOwned(agentId), spender, agentId);
        suspended = _identityStorage().agents[agentId].head.suspended();
    }

    /// @inheritdoc IAgentIdentityRegistry
    function getAgentWallet(uint256 agentId) public view returns (address) {
        Agent storage agent = _identityStorage().agents[agentId];
        AgentHead head = agent.head;
        WalletState state = head.walletState();
        if (state == WalletState.Owner) return head.owner();
        return state == WalletState.Verified ? agent.wallet : address(0);
    }

    /// @inheritdoc ERC721Upgradeable
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        Agent storage agent = _identityStorage().agents[tokenId];
        AgentHead head = agent.head;
        return string(
            PackedBytes.load(_slotOf(agent.uriRest), head.uriHead(), AgentHeadLibrary.URI_HEAD_LENGTH, head.uriLength())
        );
    }

    /// @dev Gives the caller the next agent. Its receiver hook waits for {_checkReceiver}.
    function _mintNext() private returns (uint256 agentId) {
        agentId = _identityStorage().agentCount++;
        _mint(msg.sender, agentId);
    }

    /// @dev Gives a new agent its URI and logs it. The wallet is the owner until it is changed, so nothing is written
    /// for it.
    function _describe(uint256 agentId, string calldata agentURI) private {
        Agent storage agent = _identityStorage().agents[agentId];
        _writeURI(agent, agent.head, agentId, agentURI);
        emit Registered(agentId, agentURI, msg.sender);
        _logWallet(agentId, msg.sender);
    }

    /// @dev ERC-721's hook of a safe mint, last of all: the receiver finds the agent complete, and the guard still up.
    function _checkReceiver(uint256 agentId) private {
        ERC721Utils.checkOnERC721Received(msg.sender, address(0), msg.sender, agentId, "");
    }

    /// @dev Writes the URI and the log that ERC-4906 asks for.
    function _writeURI(Agent storage agent, AgentHead head, uint256 agentId, string calldata uri) private {
        bytes calldata data = bytes(uri);
        uint256 length = data.length;
        if (length > MAX_AGENT_URI_LENGTH) revert AgentURITooLong(length, MAX_AGENT_URI_LENGTH);
        AgentHead next = head.withURI(length, bytes6(data));
        if (AgentHead.unwrap(next) != AgentHead.unwrap(head)) agent.head = next;
        PackedBytes.storeRestCalldata(_slotOf(agent.uriRest), data, AgentHeadLibrary.URI_HEAD_LENGTH);
        emit MetadataUpdate(agentId);
    }

    /// @dev Writes one value and keeps count of the keys that have one.
    function _writeMetadata(
        Agent storage agent,
        AgentHead head,
        uint256 agentId,
        string calldata key,
        bytes calldata value
    )
        private
    {
        bytes32 keyHash = _hash(key);
        if (keyHash == AGENT_WALLET_KEY_HASH) revert ReservedMetadataKey(key);
        uint256 length = value.length;
        if (length > MAX_METADATA_VALUE_LENGTH) revert MetadataValueTooLong(length, MAX_METADATA_VALUE_LENGTH);
        Metadata storage entry = agent.metadata[keyHash];
        bool had = entry.length != 0;
        if (had != (length != 0)) {
            uint256 count = head.metadataCount();
            if (!had && count == MAX_METADATA_KEYS) revert TooManyMetadataKeys(agentId, MAX_METADATA_KEYS);
            // From 0 to 50: a key that had a value was counted when it got it.
            unchecked {
                agent.head = head.withMetadataCount(had ? count - 1 : count + 1);
            }
        }
        entry.length = uint16(length);
        entry.head = bytes30(value);
        PackedBytes.storeRestCalldata(_slotOf(entry.rest), value, METADATA_HEAD_LENGTH);
        emit MetadataSet(agentId, key, key, value);
    }

    /// @dev An agent that the caller may act for; suspended only where that does not matter. The owner is let through at
    /// once: it is the common case, and an unknown agent's owner is zero, who cannot call.
    function _authorized(
        uint256 agentId,
        bool evenSuspended
    )
        private
        view
        returns (Agent storage agent, AgentHead head)
    {
        agent = _identityStorage().agents[agentId];
        head = agent.head;
        address owner = head.owner();
        if (owner != msg.sender) _checkAuthorized(owner, msg.sender, agentId);
        if (!evenSuspended && head.suspended()) revert AgentIsSuspended(agentId);
    }

    /// @dev By key first: an EIP-7702 account has code and still signs with its key. Then by ERC-1271.
    function _isSignedBy(address wallet, bytes32 digest, bytes calldata signature) private view returns (bool) {
        // The third value only says more about an error, and an error is no signature.
        // slither-disable-next-line unused-return
        (address signer, ECDSA.RecoverError err,) = ECDSA.tryRecoverCalldata(digest, signature);
        return (err == ECDSA.RecoverError.NoError && signer == wallet)
            || SignatureChecker.isValidERC1271SignatureNowCalldata(wallet, digest, signature);
    }

    /// @dev keccak256(bytes(text)), without the allocation.
    function _hash(string calldata text) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, text.offset, text.length)
            hash := keccak256(free, text.length)
        }
    }

    /// @dev Where the words of a URI begin.
    function _slotOf(bytes32[640] storage rest) private pure returns (uint256 slot) {
        assembly {
            slot := rest.slot
        }
    }

    /// @dev Where the words of a metadata value begin.
    function _slotOf(bytes32[320] storage rest) private pure returns (uint256 slot) {
        assembly {
            slot := rest.slot
        }
    }
}
