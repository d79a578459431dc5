// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {SignedScript} from "./Signed.s.sol";
import {console} from "forge-std/Script.sol";

/// @notice Deploys the three registries at addresses that depend on the salt, the deployer and the admin delay alone.
/// @dev Through the deterministic deployment proxy, by CREATE2 (EIP-1014). The deployer is in the proxies' initialiser
/// as their first admin, so nobody else can take an address with roles of their own: a copied transaction deploys the
/// same contracts for the same admin. What is already there is left alone, so a broken run is repeated as it was.
///
/// Environment: DEPLOYER_KEY (see {SignedScript}), SALT (bytes32, optional), ADMIN_DELAY (seconds, optional, one day).
contract Deploy is SignedScript {
    address internal constant DEPLOYMENT_PROXY = 0x4e59b44847b379578588920cA78FbF26c0B4956C;

    error NoDeploymentProxy(uint256 chainId);
    error DeploymentFailed(string name);

    bytes32 internal salt;

    function run() external {
        if (DEPLOYMENT_PROXY.code.length == 0) revert NoDeploymentProxy(block.chainid);
        salt = vm.envOr("SALT", keccak256("agent-registries.v1"));
        uint256 delay = vm.envOr("ADMIN_DELAY", uint256(1 days));

        _startBroadcast();
        (, address admin,) = vm.readCallers();
        (address identity, bytes memory identityArguments) = _deployRegistry(
            "AgentIdentityRegistry", abi.encodeWithSignature("initialize(address,uint48)", admin, delay)
        );
        bytes memory initializer = abi.encodeWithSignature("initialize(address,address,uint48)", identity, admin, delay);
        (address reputation, bytes memory reputationArguments) = _deployRegistry("AgentReputationRegistry", initializer);
        (address validation, bytes memory validationArguments) = _deployRegistry("AgentValidationRegistry", initializer);
        vm.stopBroadcast();
        if (!_sends()) return;

        string memory path = string.concat("deployments/", vm.toString(block.chainid), ".json");
        string memory record = "record";
        vm.serializeUint(record, "chainId", block.chainid);
        vm.serializeUint(record, "blockNumber", _firstBlock(path, identity));
        vm.serializeAddress(record, "deployer", admin);
        vm.serializeBytes32(record, "salt", salt);
        vm.serializeUint(record, "adminDelay", delay);
        vm.serializeAddress(record, "identityRegistry", identity);
        vm.serializeAddress(record, "reputationRegistry", reputation);
        vm.serializeAddress(record, "validationRegistry", validation);
        vm.serializeAddress(record, "identityImplementation", _addressOf(_code("AgentIdentityRegistry")));
        vm.serializeAddress(record, "reputationImplementation", _addressOf(_code("AgentReputationRegistry")));
        vm.serializeAddress(record, "validationImplementation", _addressOf(_code("AgentValidationRegistry")));
        vm.serializeBytes(record, "identityProxyArguments", identityArguments);
        vm.serializeBytes(record, "reputationProxyArguments", reputationArguments);
        string memory json = vm.serializeBytes(record, "validationProxyArguments", validationArguments);
        vm.writeJson(json, path);
    }

    /// @dev From where to read logs. A repeated run keeps the earlier run's block, before which nothing was deployed.
    function _firstBlock(string memory path, address identity) private view returns (uint256 first) {
        first = block.number;
        if (!vm.exists(path)) return first;
        string memory earlier = vm.readFile(path);
        if (vm.parseJsonAddress(earlier, ".identityRegistry") != identity) return first;
        uint256 recorded = vm.parseJsonUint(earlier, ".blockNumber");
        if (recorded < first) first = recorded;
    }

    function _deployRegistry(
        string memory name,
        bytes memory initializer
    )
        private
        returns (address proxy, bytes memory proxyArguments)
    {
        address implementation = _deploy(name, _code(name));
        proxyArguments = abi.encode(implementation, initializer);
        proxy = _deploy(name, bytes.concat(_code("ERC1967Proxy"), proxyArguments));
        console.log(name, proxy);
    }

    function _deploy(string memory name, bytes memory initCode) private returns (address deployed) {
        deployed = _addressOf(initCode);
        if (deployed.code.length != 0) return deployed;
        (bool ok,) = DEPLOYMENT_PROXY.call(bytes.concat(salt, initCode));
        if (!ok || deployed.code.length == 0) revert DeploymentFailed(name);
    }

    function _addressOf(bytes memory initCode) private view returns (address) {
        return vm.computeCreate2Address(salt, keccak256(initCode), DEPLOYMENT_PROXY);
    }

    /// @dev As `forge build` made it: what is compiled for a script has other settings.
    function _code(string memory name) private view returns (bytes memory) {
        return vm.getCode(string.concat("out/", name, ".sol/", name, ".json"));
    }
}
