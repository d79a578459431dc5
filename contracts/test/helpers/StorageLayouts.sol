// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AgentValidationRegistry} from "../../src/AgentValidationRegistry.sol";
import {AgentToken} from "../../src/base/AgentToken.sol";
import {ReputationStore} from "../../src/base/ReputationStore.sol";

// The compiler reports the layout of state variables, and an ERC-7201 namespace is none: each probe has the registry's
// namespace as its first variable, so that slot n of the report is slot n of the namespace.

contract IdentityLayout {
    AgentToken.IdentityStorage internal namespace;
}

contract ReputationLayout {
    ReputationStore.ReputationStorage internal namespace;
}

contract ValidationLayout {
    AgentValidationRegistry.ValidationStorage internal namespace;
}
