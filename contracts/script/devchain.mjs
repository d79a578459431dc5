#!/usr/bin/env node
// Deploys the registries on a development chain whose accounts are unlocked (anvil), with its first account as the
// admin, and records the addresses. For real chains there is script/Deploy.s.sol.
//
//   node script/devchain.mjs --rpc-url http://127.0.0.1:8545
//
// --with-agents   registers agents and uses the registries, as script/lib/story.mjs tells
// --record FILE   where the addresses go, in place of deployments/<chainId>.json
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { client } from "./lib/anvil.mjs";
import { deployRegistries, send } from "./lib/chain.mjs";
import { tell } from "./lib/story.mjs";

/** Seconds from one block to the next: clients may rate an agent once a minute. */
const BLOCK_TIME_S = 90;

const { values } = parseArgs({
  options: { "rpc-url": { type: "string" }, "with-agents": { type: "boolean" }, record: { type: "string" } },
});
const url = values["rpc-url"] ?? process.env.RPC_URL;
if (!url) {
  console.error("usage: devchain.mjs --rpc-url URL [--with-agents] [--record FILE]");
  process.exit(2);
}
const untimed = client(url);
const chainId = Number(await untimed("eth_chainId"));
const head = await untimed("eth_getBlockByNumber", "latest", false);
let now = Number(head.timestamp);
/** Every transaction has a block of its own, at a time that follows from the first block's. */
const rpc = async (method, ...params) => {
  if (method === "eth_sendTransaction") await untimed("evm_setNextBlockTimestamp", (now += BLOCK_TIME_S));
  return untimed(method, ...params);
};

const accounts = await rpc("eth_accounts");
const registries = await deployRegistries(rpc, accounts[0]);
const call = (from, to, data) => send(rpc, from, to, data);
if (values["with-agents"]) await tell({ rpc, call, chainId, registries, accounts });

const record = {
  chainId,
  blockNumber: Number(head.number) + 1,
  deployer: accounts[0],
  identityRegistry: registries.identity,
  reputationRegistry: registries.reputation,
  validationRegistry: registries.validation,
};
const file = values.record ?? fileURLToPath(new URL(`../deployments/${chainId}.json`, import.meta.url));
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, JSON.stringify(record, null, 2) + "\n");
console.log(JSON.stringify(record));
