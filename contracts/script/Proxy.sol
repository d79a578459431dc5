// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

// Compiled so that the scripts find its artifact; every registry lives behind one.
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
