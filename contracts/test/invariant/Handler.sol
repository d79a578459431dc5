// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AgentIdentityRegistry} from "../../src/AgentIdentityRegistry.sol";
import {AgentReputationRegistry} from "../../src/AgentReputationRegistry.sol";
import {IAgentIdentityRegistry} from "../../src/interfaces/IAgentIdentityRegistry.sol";
import {IAgentReputationRegistry} from "../../src/interfaces/IAgentReputationRegistry.sol";
import {CommonBase} from "forge-std/Base.sol";
import {StdCheats} from "forge-std/StdCheats.sol";
import {StdUtils} from "forge-std/StdUtils.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice Does to the registries what people do, in any order, and keeps its own books from the logs.
contract Handler is CommonBase, StdCheats, StdUtils {
    AgentIdentityRegistry public immutable identity;
    AgentReputationRegistry public immutable reputation;
    address public immutable pauser;
    address public immutable admin;

    address[] public people;
    uint256[] internal keys;

    /// @dev What the logs say: 18-decimal sum of what was given and not revoked, by agent.
    mapping(uint256 agentId => int256) public loggedSum;
    mapping(uint256 agentId => mapping(address client => mapping(uint256 index => int256))) internal loggedValue;
    /// @dev The wallet according to the last log of it.
    mapping(uint256 agentId => address) public loggedWallet;
    /// @dev Set where the owner or an operator got a feedback through.
    bool public selfFeedback;
    /// @dev Set where a call changed something while paused.
    bool public changedWhilePaused;
    /// @dev Set where a client got two feedbacks through within the interval.
    bool public tooSoon;
    mapping(uint256 agentId => mapping(address client => uint256)) internal lastGivenAt;
    mapping(uint256 agentId => mapping(uint256 key => bool)) internal hasKey;
    mapping(uint256 agentId => uint256) public keyCount;

    /// @dev Has the logs of the call kept for {_through}.
    modifier recorded() {
        vm.recordLogs();
        _;
    }

    constructor(AgentIdentityRegistry identity_, AgentReputationRegistry reputation_, address pauser_, address admin_) {
        (identity, reputation, pauser, admin) = (identity_, reputation_, pauser_, admin_);
        for (uint256 i = 1; i <= 5; ++i) {
            keys.push(i);
            people.push(vm.addr(i));
        }
    }

    function register(uint256 seed) external recorded {
        vm.prank(_person(seed));
        try identity.register() returns (uint256) {
            _through();
        } catch {}
    }

    function transfer(uint256 agentSeed, uint256 toSeed) external recorded {
        uint256 agentId = _agent(agentSeed);
        if (agentId == type(uint256).max) return;
        address owner = identity.ownerOf(agentId);
        vm.prank(owner);
        try identity.transferFrom(owner, _person(toSeed), agentId) {
            _through();
        } catch {}
    }

    function approve(uint256 agentSeed, uint256 toSeed, bool forAll, bool on) external recorded {
        uint256 agentId = _agent(agentSeed);
        if (agentId == type(uint256).max) return;
        vm.startPrank(identity.ownerOf(agentId));
        if (forAll) {
            try identity.setApprovalForAll(_person(toSeed), on) {
                _through();
            } catch {}
        } else {
            try identity.approve(on ? _person(toSeed) : address(0), agentId) {
                _through();
            } catch {}
        }
        vm.stopPrank();
    }

    function setWallet(uint256 agentSeed, uint256 walletSeed) external recorded {
        uint256 agentId = _agent(agentSeed);
        if (agentId == type(uint256).max) return;
        address owner = identity.ownerOf(agentId);
        uint256 key = keys[walletSeed % keys.length];
        (, string memory name, string memory version, uint256 chainId, address verifier,,) = identity.eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                verifier
            )
        );
        bytes32 typehash = keccak256("AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(typehash, agentId, vm.addr(key), owner, block.timestamp));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, message)));
        vm.prank(owner);
        try identity.setAgentWallet(agentId, vm.addr(key), block.timestamp, abi.encodePacked(r, s, v)) {
            _through();
        } catch {}
    }

    function unsetWallet(uint256 agentSeed) external recorded {
        uint256 agentId = _agent(agentSeed);
        if (agentId == type(uint256).max) return;
        vm.prank(identity.ownerOf(agentId));
        try identity.unsetAgentWallet(agentId) {
            _through();
        } catch {}
    }

    /// @dev Adds twenty keys at a time, mostly to the first agent, so that runs reach the limit; removes one.
    function setMetadata(uint256 agentSeed, uint256 keySeed, uint256 removeSeed) external recorded {
        uint256 agentId = _agent(agentSeed % 4 == 0 ? agentSeed : 0);
        bool remove = removeSeed % 4 == 0;
        if (agentId == type(uint256).max) return;
        address owner = identity.ownerOf(agentId);
        for (uint256 i = 0; i < (remove ? 1 : 20); ++i) {
            uint256 key = (keySeed % 60 + i) % 60;
            vm.prank(owner);
            try identity.setMetadata(agentId, vm.toString(key), remove ? bytes("") : bytes("v")) {
                _through();
                if (hasKey[agentId][key] != remove) continue;
                hasKey[agentId][key] = !remove;
                keyCount[agentId] = remove ? keyCount[agentId] - 1 : keyCount[agentId] + 1;
            } catch {}
        }
    }

    function giveFeedback(uint256 agentSeed, uint256 clientSeed, int128 value, uint8 decimals) external recorded {
        uint256 agentId = _agent(agentSeed);
        if (agentId == type(uint256).max) return;
        address client = _person(clientSeed);
        value = int128(bound(value, -1e38, 1e38));
        decimals = uint8(bound(decimals, 0, 18));
        bool authorized = identity.isAuthorizedOrOwner(client, agentId);
        vm.prank(client);
        try reputation.giveFeedback(agentId, value, decimals, "t", "", "", "", bytes32(0)) {
            _through();
            if (authorized) selfFeedback = true;
            uint256 last = lastGivenAt[agentId][client];
            if (last != 0 && block.timestamp < last + reputation.feedbackInterval()) tooSoon = true;
            lastGivenAt[agentId][client] = block.timestamp;
        } catch {}
    }

    function revokeFeedback(uint256 agentSeed, uint256 clientSeed, uint64 index) external recorded {
        uint256 agentId = _agent(agentSeed);
        if (agentId == type(uint256).max) return;
        address client = _person(clientSeed);
        uint64 last = reputation.getLastIndex(agentId, client);
        if (last == 0) return;
        index = uint64(bound(index, 1, last));
        vm.prank(client);
        try reputation.revokeFeedback(agentId, index) {
            _through();
        } catch {}
    }

    function wait(uint256 time) external {
        skip(bound(time, 1, 2 minutes));
    }

    function togglePause(uint256 seed) external {
        // Mostly running: a paused registry does little.
        bool paused = identity.paused();
        if (!paused && seed % 8 != 0) return;
        vm.startPrank(paused ? admin : pauser);
        if (paused) {
            identity.unpause();
            reputation.unpause();
        } else {
            identity.pause();
            reputation.pause();
        }
        vm.stopPrank();
    }

    function peopleList() external view returns (address[] memory) {
        return people;
    }

    /// @dev A call got through: books its logs.
    function _through() private {
        if (identity.paused()) changedWhilePaused = true;
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            if (topic == IAgentReputationRegistry.NewFeedback.selector) {
                _bookFeedback(logs[i]);
            } else if (topic == IAgentReputationRegistry.FeedbackRevoked.selector) {
                address client = address(uint160(uint256(logs[i].topics[2])));
                uint256 agentId = uint256(logs[i].topics[1]);
                loggedSum[agentId] -= loggedValue[agentId][client][uint256(logs[i].topics[3])];
            } else if (topic == IAgentIdentityRegistry.MetadataSet.selector) {
                (string memory key, bytes memory value) = abi.decode(logs[i].data, (string, bytes));
                if (keccak256(bytes(key)) != keccak256("agentWallet")) continue;
                loggedWallet[uint256(logs[i].topics[1])] = address(bytes20(value));
            }
        }
    }

    function _bookFeedback(Vm.Log memory log) private {
        uint256 agentId = uint256(log.topics[1]);
        address client = address(uint160(uint256(log.topics[2])));
        (uint64 index, int128 value, uint8 decimals) = abi.decode(log.data, (uint64, int128, uint8));
        int256 scaled = int256(value) * int256(10 ** uint256(18 - decimals));
        loggedValue[agentId][client][index] = scaled;
        loggedSum[agentId] += scaled;
    }

    function _person(uint256 seed) private view returns (address) {
        return people[seed % people.length];
    }

    function _agent(uint256 seed) private view returns (uint256) {
        uint256 total = identity.totalAgents();
        return total == 0 ? type(uint256).max : seed % total;
    }
}
