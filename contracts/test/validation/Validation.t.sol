// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentValidationRegistry} from "../../src/interfaces/IAgentValidationRegistry.sol";
import {RegistriesTest} from "../helpers/RegistriesTest.sol";

contract ValidationTest is RegistriesTest {
    bytes32 internal constant HASH = keccak256("request");
    bytes32 internal constant EVIDENCE = keccak256("evidence");
    address[] internal none;

    function setUp() public override {
        super.setUp();
        _register(alice);
    }

    function test_validationRequest_emitsAndStores() public {
        vm.expectEmit(address(validation));
        emit IAgentValidationRegistry.ValidationRequest(validator, 0, URI, HASH);
        vm.prank(alice);
        validation.validationRequest(validator, 0, URI, HASH);
        (address who, uint256 agentId, uint8 response, bytes32 hash, string memory tag, uint256 at) =
            validation.getValidationStatus(HASH);
        assertEq(who, validator);
        assertEq(agentId, 0);
        assertEq(response, 0);
        assertEq(hash, bytes32(0));
        assertEq(tag, "");
        assertEq(at, block.timestamp);
        assertEq(validation.getAgentValidations(0)[0], HASH);
        assertEq(validation.getValidatorRequests(validator)[0], HASH);
    }

    function test_validationRequest_byApprovedAndOperator() public {
        vm.startPrank(alice);
        identity.approve(bob, 0);
        identity.setApprovalForAll(carol, true);
        vm.stopPrank();
        _request(bob, 0, "b");
        _request(carol, 0, "c");
        assertEq(validation.getAgentValidations(0).length, 2);
    }

    function test_validationRequest_revertsForAStranger() public {
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.NotAuthorizedForAgent.selector, 0, stranger));
        _request(stranger, 0, HASH);
    }

    function test_validationRequest_revertsForAnUnknownAgent() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", 9));
        _request(alice, 9, HASH);
    }

    function test_validationRequest_revertsWithoutAValidator() public {
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.InvalidValidator.selector, address(0)));
        vm.prank(alice);
        validation.validationRequest(address(0), 0, URI, HASH);
    }

    function test_validationRequest_usesAHashOnceForEver() public {
        _request(alice, 0, HASH);
        _respond(HASH, 100, "");
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.RequestAlreadyExists.selector, HASH));
        _request(alice, 0, HASH);
    }

    function test_validationResponse_emitsAndOverwrites() public {
        _request(alice, 0, HASH);
        skip(1 hours);
        vm.expectEmit(address(validation));
        emit IAgentValidationRegistry.ValidationResponse(validator, 0, HASH, 40, URI, EVIDENCE, "soft");
        vm.prank(validator);
        validation.validationResponse(HASH, 40, URI, EVIDENCE, "soft");
        skip(1 hours);
        _respond(HASH, 100, "hard");
        (, uint256 agentId, uint8 response, bytes32 hash, string memory tag, uint256 at) =
            validation.getValidationStatus(HASH);
        assertEq(agentId, 0);
        assertEq(response, 100);
        assertEq(hash, bytes32(0));
        assertEq(tag, "hard");
        assertEq(at, block.timestamp);
    }

    function test_validationResponse_revertsForAnyoneElse() public {
        _request(alice, 0, HASH);
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.NotTheValidator.selector, HASH, alice));
        vm.prank(alice);
        validation.validationResponse(HASH, 100, "", bytes32(0), "");
    }

    function test_validationResponse_revertsForAnUnknownRequest() public {
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.UnknownRequest.selector, HASH));
        _respond(HASH, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.UnknownRequest.selector, HASH));
        validation.getValidationStatus(HASH);
    }

    function test_validationResponse_revertsAboveAHundred() public {
        _request(alice, 0, HASH);
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.ResponseOutOfRange.selector, 101, 100));
        _respond(HASH, 101, "");
    }

    function test_validationResponse_takesTheLongestStringsAndNoLonger() public {
        _request(alice, 0, HASH);
        string memory uri = _repeat("u", 512);
        string memory tag = _repeat("t", 64);
        string memory longURI = _repeat("u", 513);
        string memory longTag = _repeat("t", 65);
        vm.startPrank(validator);
        validation.validationResponse(HASH, 1, uri, EVIDENCE, tag);
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.URITooLong.selector, 513, 512));
        validation.validationResponse(HASH, 1, longURI, EVIDENCE, tag);
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.TagTooLong.selector, 65, 64));
        validation.validationResponse(HASH, 1, uri, EVIDENCE, longTag);
        (,,,, string memory stored,) = validation.getValidationStatus(HASH);
        assertEq(stored, tag);
    }

    function test_getSummary_countsAnswersOnly() public {
        _request(alice, 0, "a");
        _request(alice, 0, "b");
        _request(alice, 0, "c");
        _assertSummary(none, "", 0, 0);
        _respond("a", 0, "tee");
        _respond("b", 75, "zk");
        // An answer of 0 counts; (0 + 75) / 2 = 37 by integer division.
        _assertSummary(none, "", 2, 37);
        _assertSummary(none, "zk", 1, 75);
        _assertSummary(none, "other", 0, 0);
        _assertSummary(_one(validator), "tee", 1, 0);
        _assertSummary(_two(validator, validator), "", 2, 37);
        _assertSummary(_one(stranger), "", 0, 0);
    }

    function test_getSummaryPaged_pagesAddUp() public {
        for (uint256 i = 0; i < 5; ++i) {
            _request(alice, 0, bytes32(i));
            _respond(bytes32(i), uint8(i * 20), "");
        }
        uint256 sum;
        uint64 count;
        for (uint256 offset = 0; offset < 5; offset += 2) {
            (uint64 c, uint256 s, uint256 total) = validation.getSummaryPaged(0, none, "", offset, 2);
            assertEq(total, 5);
            count += c;
            sum += s;
        }
        assertEq(count, 5);
        assertEq(sum, 200);
    }

    function test_paged_listsSlice() public {
        for (uint256 i = 0; i < 3; ++i) {
            _request(alice, 0, bytes32(i));
        }
        (bytes32[] memory page, uint256 total) = validation.getAgentValidationsPaged(0, 1, 5);
        assertEq(page.length, 2);
        assertEq(page[0], bytes32(uint256(1)));
        assertEq(total, 3);
        (page, total) = validation.getValidatorRequestsPaged(validator, 2, 1);
        assertEq(page.length, 1);
        assertEq(page[0], bytes32(uint256(2)));
        assertEq(total, 3);
    }

    function testFuzz_validationResponse_keepsWhatItIsGiven(uint8 response, bytes32 hash, string calldata tag) public {
        response = uint8(bound(response, 0, 100));
        vm.assume(bytes(tag).length <= 64);
        _request(alice, 0, HASH);
        vm.prank(validator);
        validation.validationResponse(HASH, response, "", hash, tag);
        (,, uint8 r, bytes32 h, string memory t,) = validation.getValidationStatus(HASH);
        assertEq(r, response);
        assertEq(h, hash);
        assertEq(t, tag);
        _assertSummary(none, "", 1, response);
    }

    function _assertSummary(address[] memory validators, string memory tag, uint64 count, uint8 average) private view {
        (uint64 c, uint8 a) = validation.getSummary(0, validators, tag);
        assertEq(c, count, "count");
        assertEq(a, average, "average");
    }
}
