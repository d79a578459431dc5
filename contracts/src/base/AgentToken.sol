// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentIdentityRegistry} from "../interfaces/IAgentIdentityRegistry.sol";
import {AgentHead, WalletState} from "../types/AgentHead.sol";
import {RegistryBase} from "./RegistryBase.sol";
import {
    AccessControlDefaultAdminRulesUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/extensions/AccessControlDefaultAdminRulesUpgradeable.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title The agent as an ERC-721 token
/// @notice OpenZeppelin's ERC-721 with ownership moved into the agent's own packed slot, and every transfer and
/// approval guarded and pausable.
abstract contract AgentToken is IAgentIdentityRegistry, IERC4906, RegistryBase, ERC721Upgradeable {
    /// @dev A metadata value; up to 30 bytes take one slot, length and all.
    struct Metadata {
        uint16 length;
        bytes30 head;
        bytes32[320] rest; // 10 KB less the head, see PackedBytes
    }

    /// @dev An agent.
    struct Agent {
        AgentHead head;
        address wallet;
        mapping(bytes32 keyHash => Metadata) metadata;
        bytes32[640] uriRest; // 20 KB less the head, see PackedBytes
    }

    /// @custom:storage-location erc7201:agentregistries.storage.Identity
    struct IdentityStorage {
        bool isPaused;
        uint64 agentCount;
        mapping(uint256 agentId => Agent) agents;
        mapping(address owner => uint256) balances;
    }

    /// @dev keccak256("agentWallet"), ERC-8004's reserved metadata key; written out because assembly wants a literal.
    bytes32 internal constant AGENT_WALLET_KEY_HASH =
        0x2ac6109326e720d1435c0db66f7e35eda7839f52b6f1f5520a60788e132b4e39;

    // keccak256(abi.encode(uint256(keccak256("agentregistries.storage.Identity")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant IDENTITY_STORAGE = 0xb1b7035b387df49ee1c6726111f05e12ceb493cefbe64f3f613f830abaddc800;

    /// @inheritdoc IERC721
    function approve(
        address to,
        uint256 tokenId
    )
        public
        override(ERC721Upgradeable, IERC721)
        nonReentrant
        whenNotPaused
    {
        super.approve(to, tokenId);
    }

    /// @inheritdoc IERC721
    function setApprovalForAll(
        address operator,
        bool approved
    )
        public
        override(ERC721Upgradeable, IERC721)
        nonReentrant
        whenNotPaused
    {
        super.setApprovalForAll(operator, approved);
    }

    /// @inheritdoc IERC721
    function transferFrom(
        address from,
        address to,
        uint256 tokenId
    )
        public
        override(ERC721Upgradeable, IERC721)
        nonReentrant
        whenNotPaused
    {
        super.transferFrom(from, to, tokenId);
    }

    /// @inheritdoc IERC721
    /// @dev Not by way of OpenZeppelin's own, which calls {transferFrom}: that would find the guard taken, or, without
    /// a guard here, leave the receiver's callback unguarded. The three-argument form comes through here as well.
    function safeTransferFrom(
        address from,
        address to,
        uint256 tokenId,
        bytes memory data
    )
        public
        override(ERC721Upgradeable, IERC721)
        nonReentrant
        whenNotPaused
    {
        super.transferFrom(from, to, tokenId);
        ERC721Utils.checkOnERC721Received(msg.sender, from, to, tokenId, data);
    }

    /// @inheritdoc IERC721
    function balanceOf(address owner) public view override(ERC721Upgradeable, IERC721) returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(address(0));
        return _identityStorage().balances[owner];
    }

    /// @inheritdoc RegistryBase
    function paused() public view override returns (bool) {
        return _identityStorage().isPaused;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId)
        public
        view
        virtual
        override(AccessControlDefaultAdminRulesUpgradeable, ERC721Upgradeable, IERC165)
        returns (bool)
    {
        // ERC-4906 has events only, so its identifier is fixed by the ERC and not by a selector.
        return interfaceId == bytes4(0x49064906) || super.supportsInterface(interfaceId);
    }

    /// @inheritdoc RegistryBase
    function _setPaused(bool value) internal override {
        _identityStorage().isPaused = value;
    }

    /// @dev Moves an agent, or mints it where it has no owner yet. ERC-8004: a transfer clears the wallet, which the
    /// new owner must verify again; the log of that comes before Transfer. Agents are never burnt.
    function _update(address to, uint256 agentId, address auth) internal override returns (address from) {
        IdentityStorage storage $ = _identityStorage();
        Agent storage agent = $.agents[agentId];
        AgentHead head = agent.head;
        from = head.owner();
        if (auth != address(0) && auth != from) _checkAuthorized(from, auth, agentId);
        // Balances cannot overflow: there are fewer than 2^64 agents, and `from` owns this one.
        unchecked {
            ++$.balances[to];
            if (from != address(0)) {
                --$.balances[from];
                head = head.withApproved(false).withWalletState(WalletState.Cleared);
                _logWallet(agentId, address(0));
            }
        }
        agent.head = head.withOwner(to);
        emit Transfer(from, to, agentId);
    }

    /// @dev `emit MetadataSet(agentId, "agentWallet", "agentWallet", value)`, where the value is the wallet's 20 bytes or,
    /// without a wallet, empty. By hand, because key, hash and layout are constants: the compiler would build each of
    /// them in memory again, on every registration and transfer.
    function _logWallet(uint256 agentId, address wallet) internal {
        bytes32 topic = MetadataSet.selector;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, 0x40) // where the key is
            mstore(add(data, 0x20), 0x80) // where the value is
            mstore(add(data, 0x40), 11)
            mstore(add(data, 0x60), "agentWallet")
            mstore(add(data, 0x80), mul(20, iszero(iszero(wallet))))
            mstore(add(data, 0xa0), shl(96, wallet))
            // An empty value has no word of its own.
            let size := add(0xa0, shl(5, iszero(iszero(wallet))))
            log3(data, size, topic, agentId, AGENT_WALLET_KEY_HASH)
        }
    }

    /// @dev Keeps the flag beside the owner in step, which spares authorisation the approval's cold slot.
    function _approve(address to, uint256 agentId, address auth, bool emitEvent) internal override {
        super._approve(to, agentId, auth, emitEvent);
        Agent storage agent = _identityStorage().agents[agentId];
        agent.head = agent.head.withApproved(to != address(0));
    }

    /// @inheritdoc ERC721Upgradeable
    function _ownerOf(uint256 agentId) internal view override returns (address) {
        return _identityStorage().agents[agentId].head.owner();
    }

    /// @inheritdoc ERC721Upgradeable
    function _getApproved(uint256 agentId) internal view override returns (address) {
        return _identityStorage().agents[agentId].head.approved() ? super._getApproved(agentId) : address(0);
    }

    /// @dev The identity registry's namespace (ERC-7201).
    function _identityStorage() internal pure returns (IdentityStorage storage $) {
        assembly {
            $.slot := IDENTITY_STORAGE
        }
    }
}
