#!/usr/bin/env node
// Deploys the registries on a development chain whose accounts are unlocked (anvil), with its first account as the
// admin, and records the addresses in deployments/<chainId>.json. For real chains there is script/Deploy.s.sol.
//
//   node script/devchain.mjs --rpc-url http://127.0.0.1:8545
import { mkdirSync, writeFileSync } from "node:fs";
import { client } from "./lib/anvil.mjs";
import { deployRegistries } from "./lib/chain.mjs";

const flag = process.argv.indexOf("--rpc-url");
const url = flag > 0 ? process.argv[flag + 1] : process.env.RPC_URL;
if (!url) {
  console.error("usage: devchain.mjs --rpc-url URL");
  process.exit(2);
}
const rpc = client(url);
const chainId = Number(await rpc("eth_chainId"));
const blockNumber = Number(await rpc("eth_blockNumber")) + 1;
const [admin] = await rpc("eth_accounts");
const { identity, reputation, validation } = await deployRegistries(rpc, admin);
const record = {
  chainId,
  blockNumber,
  deployer: admin,
  identityRegistry: identity,
  reputationRegistry: reputation,
  validationRegistry: validation,
};
const directory = new URL("../deployments/", import.meta.url);
mkdirSync(directory, { recursive: true });
writeFileSync(new URL(`${chainId}.json`, directory), JSON.stringify(record, null, 2) + "\n");
console.log(JSON.stringify(record));
