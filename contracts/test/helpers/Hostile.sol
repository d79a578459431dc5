// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AgentIdentityRegistry} from "../../src/AgentIdentityRegistry.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

/// @notice Receives agents and answers the hook with one call of its owner's choice.
contract CallbackReceiver is IERC721Receiver {
    AgentIdentityRegistry public immutable registry;
    address public target;
    bytes public data;
    bool public succeeded;
    bytes public returned;
    string public seenURI;
    address public seenWallet;

    constructor(AgentIdentityRegistry registry_) {
        registry = registry_;
        target = address(registry_);
    }

    function arm(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function register(string calldata uri) external returns (uint256) {
        return registry.register(uri);
    }

    function transfer(address to, uint256 agentId) external {
        registry.transferFrom(address(this), to, agentId);
    }

    function onERC721Received(address, address, uint256 agentId, bytes calldata) external returns (bytes4) {
        seenURI = registry.tokenURI(agentId);
        seenWallet = registry.getAgentWallet(agentId);
        if (data.length != 0) (succeeded, returned) = target.call(data);
        return this.onERC721Received.selector;
    }
}

/// @notice Receives agents and says something else than the standard wants.
contract RefusingReceiver {
    function register(AgentIdentityRegistry registry) external returns (uint256) {
        return registry.register();
    }

    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return 0xdeadbeef;
    }
}

/// @notice A contract wallet that accepts the digests it is told to accept.
contract ContractWallet is IERC1271 {
    mapping(bytes32 digest => bool) public accepted;

    function accept(bytes32 digest) external {
        accepted[digest] = true;
    }

    function isValidSignature(bytes32 digest, bytes memory) external view returns (bytes4) {
        return accepted[digest] ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice What an EIP-7702 account may delegate to: code, but no ERC-1271.
contract BatchDelegate {
    function execute(address to, bytes calldata data) external returns (bytes memory) {
        (bool ok, bytes memory result) = to.call(data);
        require(ok, string(result));
        return result;
    }

    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return this.onERC721Received.selector;
    }
}
