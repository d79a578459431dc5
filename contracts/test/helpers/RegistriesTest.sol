// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AgentIdentityRegistry} from "../../src/AgentIdentityRegistry.sol";
import {AgentReputationRegistry} from "../../src/AgentReputationRegistry.sol";
import {AgentValidationRegistry} from "../../src/AgentValidationRegistry.sol";
import {IAgentIdentityRegistry} from "../../src/interfaces/IAgentIdentityRegistry.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {Test} from "forge-std/Test.sol";

/// @notice All three registries behind proxies, the roles handed out, and a few people.
abstract contract RegistriesTest is Test {
    uint48 internal constant ADMIN_DELAY = 1 days;
    string internal constant WALLET_KEY = "agentWallet";
    string internal constant URI = "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
    bytes32 internal constant WALLET_TYPEHASH =
        keccak256("AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)");

    AgentIdentityRegistry internal identity;
    AgentReputationRegistry internal reputation;
    AgentValidationRegistry internal validation;

    address internal admin = makeAddr("admin");
    address internal moderator = makeAddr("moderator");
    address internal pauser = makeAddr("pauser");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal validator = makeAddr("validator");
    address internal stranger = makeAddr("stranger");

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        identity = AgentIdentityRegistry(
            _proxy(
                address(new AgentIdentityRegistry()),
                abi.encodeCall(AgentIdentityRegistry.initialize, (admin, ADMIN_DELAY))
            )
        );
        reputation = AgentReputationRegistry(
            _proxy(
                address(new AgentReputationRegistry()),
                abi.encodeCall(AgentReputationRegistry.initialize, (address(identity), admin, ADMIN_DELAY))
            )
        );
        validation = AgentValidationRegistry(
            _proxy(
                address(new AgentValidationRegistry()),
                abi.encodeCall(AgentValidationRegistry.initialize, (address(identity), admin, ADMIN_DELAY))
            )
        );
        bytes32 registryAdmin = identity.REGISTRY_ADMIN_ROLE();
        bytes32 pauserRole = identity.PAUSER_ROLE();
        vm.startPrank(admin);
        identity.grantRole(registryAdmin, moderator);
        reputation.grantRole(registryAdmin, moderator);
        validation.grantRole(registryAdmin, moderator);
        identity.grantRole(pauserRole, pauser);
        reputation.grantRole(pauserRole, pauser);
        validation.grantRole(pauserRole, pauser);
        vm.stopPrank();
    }

    function _proxy(address implementation, bytes memory data) internal returns (address) {
        return address(new ERC1967Proxy(implementation, data));
    }

    function _register(address owner) internal returns (uint256 agentId) {
        vm.prank(owner);
        agentId = identity.register();
    }

    function _give(address client, uint256 agentId, int128 value) internal {
        _give(client, agentId, value, 0, "starred", "");
    }

    /// @dev Moves time past the interval first.
    function _give(
        address client,
        uint256 agentId,
        int128 value,
        uint8 decimals,
        string memory tag1,
        string memory tag2
    )
        internal
    {
        skip(1 days);
        vm.prank(client);
        reputation.giveFeedback(agentId, value, decimals, tag1, tag2, "", "", bytes32(0));
    }

    function _request(address owner, uint256 agentId, bytes32 requestHash) internal {
        vm.prank(owner);
        validation.validationRequest(validator, agentId, "ipfs://request", requestHash);
    }

    function _respond(bytes32 requestHash, uint8 response, string memory tag) internal {
        vm.prank(validator);
        validation.validationResponse(requestHash, response, "", bytes32(0), tag);
    }

    function _pauseAll() internal {
        vm.startPrank(pauser);
        identity.pause();
        reputation.pause();
        validation.pause();
        vm.stopPrank();
    }

    function _one(address a) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = a;
    }

    function _two(address a, address b) internal pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (a, b);
    }

    function _entry(
        string memory key,
        bytes memory value
    )
        internal
        pure
        returns (IAgentIdentityRegistry.MetadataEntry[] memory list)
    {
        list = new IAgentIdentityRegistry.MetadataEntry[](1);
        list[0] = IAgentIdentityRegistry.MetadataEntry(key, value);
    }

    /// @dev What a new wallet signs, computed from the standards and not from the contract.
    function _walletDigest(
        uint256 agentId,
        address newWallet,
        address owner,
        uint256 deadline
    )
        internal
        view
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("ERC8004IdentityRegistry"),
                keccak256("1"),
                block.chainid,
                address(identity)
            )
        );
        bytes32 message = keccak256(abi.encode(WALLET_TYPEHASH, agentId, newWallet, owner, deadline));
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function _signWallet(
        uint256 key,
        uint256 agentId,
        address owner,
        uint256 deadline
    )
        internal
        view
        returns (bytes memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _walletDigest(agentId, vm.addr(key), owner, deadline));
        return abi.encodePacked(r, s, v);
    }

    function _repeat(string memory letter, uint256 times) internal pure returns (string memory) {
        bytes memory text = new bytes(times);
        for (uint256 i = 0; i < times; ++i) {
            text[i] = bytes(letter)[0];
        }
        return string(text);
    }

    function _missingRole(address account, bytes32 role) internal pure returns (bytes memory) {
        return abi.encodeWithSignature("AccessControlUnauthorizedAccount(address,bytes32)", account, role);
    }
}
