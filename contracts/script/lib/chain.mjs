// Deploys the registries on a development chain whose accounts are unlocked, and sends calls to them.
import { readFileSync } from "node:fs";
import { encodeArguments, encodeCall } from "./abi.mjs";

const artifact = (name) =>
  JSON.parse(readFileSync(new URL(`../../out/${name}.sol/${name}.json`, import.meta.url), "utf8"));

/** Sends one transaction, waits for it, and fails where it failed. */
export async function send(rpc, from, to, data) {
  const hash = await rpc("eth_sendTransaction", { from, to, data, gas: "0x1000000" });
  for (let i = 0; i < 200; i++) {
    const receipt = await rpc("eth_getTransactionReceipt", hash);
    if (receipt) {
      if (receipt.status !== "0x1") throw new Error(`transaction ${hash} to ${to} reverted`);
      return receipt;
    }
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error(`transaction ${hash} was not mined`);
}

async function create(rpc, from, name, constructorArguments = "") {
  const data = artifact(name).bytecode.object + constructorArguments;
  return (await send(rpc, from, undefined, data)).contractAddress;
}

/** One registry behind its proxy. */
async function deployBehindProxy(rpc, from, name, initializer) {
  const implementation = await create(rpc, from, name);
  return create(rpc, from, "ERC1967Proxy", encodeArguments("address,bytes", [implementation, initializer]));
}

/** All three, with `admin` as their default admin. */
export async function deployRegistries(rpc, admin) {
  const identity = await deployBehindProxy(
    rpc, admin, "AgentIdentityRegistry", encodeCall("initialize(address,uint48)", [admin, 86_400]),
  );
  const initializer = encodeCall("initialize(address,address,uint48)", [identity, admin, 86_400]);
  const reputation = await deployBehindProxy(rpc, admin, "AgentReputationRegistry", initializer);
  const validation = await deployBehindProxy(rpc, admin, "AgentValidationRegistry", initializer);
  return { identity, reputation, validation };
}
