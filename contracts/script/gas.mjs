#!/usr/bin/env node
// Prints the gas table: gasUsed of receipts, through the proxies, on a development chain.
//
//   node script/gas.mjs            measure and compare with snapshots/receipts.json
//   node script/gas.mjs --update   measure and rewrite it
//
// --rpc-url URL (or RPC_URL) names a running anvil with its unlocked accounts; without it, one is started and stopped.
// Fails where a figure is above its ceiling without a reason in snapshots/exceptions.json, or differs from the snapshot.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { client, startAnvil } from "./lib/anvil.mjs";
import { deployRegistries, send } from "./lib/chain.mjs";
import { measure } from "./lib/gas-cases.mjs";
import { walletTypedData } from "./lib/wallet.mjs";

const SNAPSHOT = new URL("../snapshots/receipts.json", import.meta.url);
const EXCEPTIONS = new URL("../snapshots/exceptions.json", import.meta.url);
const readJson = (url) => (existsSync(url) ? JSON.parse(readFileSync(url, "utf8")) : {});

async function run(rpc) {
  const accounts = await rpc("eth_accounts");
  const chainId = Number(await rpc("eth_chainId"));
  const registries = await deployRegistries(rpc, accounts[0]);
  // A clock of our own: with the wall's, deadlines and so signatures and their calldata would differ from run to run.
  let now = 2_000_000_000;
  const call = async (from, to, data) => {
    now += 120;
    await rpc("evm_setNextBlockTimestamp", now);
    return send(rpc, from, to, data);
  };
  const walletSignature = async (agentId, newWallet, owner) => {
    const deadline = now + 300;
    const message = { agentId, newWallet, owner, deadline };
    const data = walletTypedData(chainId, registries.identity, message);
    return { deadline, signature: await rpc("eth_signTypedData_v4", newWallet, data) };
  };
  return measure({ call, registries, accounts, walletSignature });
}

function report(rows, previous, exceptions) {
  const problems = [];
  const lines = ["| operation | gas | ceiling | snapshot |", "|---|---:|---:|---:|"];
  for (const { operation, gas, ceiling } of rows) {
    const before = previous[operation];
    lines.push(`| ${operation} | ${gas} | ${ceiling ?? "—"} | ${before ?? "—"} |`);
    if (ceiling !== null && gas > ceiling && !exceptions[operation]) problems.push(`${operation}: above its ceiling`);
    if (before !== gas) problems.push(`${operation}: ${before ?? "nothing"} in the snapshot, ${gas} now`);
  }
  console.log(lines.join("\n"));
  for (const [operation, reason] of Object.entries(exceptions)) console.log(`\n${operation}: ${reason}`);
  const above = rows.filter(({ ceiling, gas }) => ceiling !== null && gas > ceiling).length;
  console.log(`\ngas: ${rows.length} operations, ${above} above a ceiling`);
  return problems;
}

const flag = process.argv.indexOf("--rpc-url");
const url = flag > 0 ? process.argv[flag + 1] : process.env.RPC_URL;
const node = url ? { rpc: client(url), stop() {} } : await startAnvil();
try {
  const rows = await run(node.rpc);
  const update = process.argv.includes("--update");
  const figures = Object.fromEntries(rows.map(({ operation, gas }) => [operation, gas]));
  const problems = report(rows, update ? figures : readJson(SNAPSHOT), readJson(EXCEPTIONS));
  if (update) writeFileSync(SNAPSHOT, JSON.stringify(figures, null, 2) + "\n");
  for (const problem of problems) console.error(`gas: ${problem}`);
  if (problems.length > 0) {
    console.error("gas: where this is meant, run `node script/gas.mjs --update` and commit the snapshot with its reason");
    process.exitCode = 1;
  }
} finally {
  node.stop();
}
