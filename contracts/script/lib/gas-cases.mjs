// The operations of the gas table: what leads up to each, and its ceiling.
// A figure is that of a second call of its kind; `at` moves time on before each call.
import { encodeCall, keccak } from "./abi.mjs";

const pad = (text, length, filler) => (text + filler.repeat(length)).slice(0, length);

/** A 66-byte ipfs:// URI with a CID version 1; every word of it differs from seed to seed. */
export const uri = (seed) => pad(`ipfs://bafybei${seed}`, 66, seed);

const REGISTER = "register()";
const REGISTER_URI = "register(string)";
const REGISTER_ALL = "register(string,(string,bytes)[])";
const GIVE = "giveFeedback(uint256,int128,uint8,string,string,string,string,bytes32)";

const entries = (n) => [["category", Buffer.from(`trade${n}`)], ["version", Buffer.from(`1.0.${n}`)]];

export async function measure({ call, registries, accounts, walletSignature }) {
  const { identity, reputation, validation } = registries;
  const [admin, owner, client1, client2, validator, other] = accounts;
  const rows = [];
  const on = (address, from) => async (signature, ...values) =>
    Number((await call(from, address, encodeCall(signature, values))).gasUsed);
  const record = (operation, ceiling, gas) => rows.push({ operation, ceiling, gas });

  const asOwner = on(identity, owner);
  await asOwner(REGISTER);
  record("register()", 89_783, await asOwner(REGISTER));
  await asOwner(REGISTER_URI, uri("a2"));
  record("register(66-byte URI)", 183_552, await asOwner(REGISTER_URI, uri("b3")));
  await asOwner(REGISTER_ALL, uri("c4"), entries(1));
  record("register(66-byte URI, 2 short metadata)", 243_221, await asOwner(REGISTER_ALL, uri("d5"), entries(2)));

  const agent = 2;
  await asOwner("setAgentURI(uint256,string)", agent, uri("e6"));
  record("setAgentURI (66 bytes)", 47_162, await asOwner("setAgentURI(uint256,string)", agent, uri("f7")));
  const setMetadata = "setMetadata(uint256,string,bytes)";
  await asOwner(setMetadata, agent, "first", Buffer.from("value-1"));
  record("setMetadata, new (7 bytes)", 62_000, await asOwner(setMetadata, agent, "version", Buffer.from("value-2")));
  await asOwner(setMetadata, agent, "version", Buffer.from("value-3"));
  record("setMetadata, update (7 bytes)", 42_500, await asOwner(setMetadata, agent, "version", Buffer.from("value-4")));

  const one = on(reputation, client1);
  const two = on(reputation, client2);
  const tagged = (value) => [agent, value, 0, "starred", "", "", "", 0];
  await one(GIVE, ...tagged(80));
  record("giveFeedback, tag1 only, client's first", 190_340, await two(GIVE, ...tagged(90)));
  await two(GIVE, ...tagged(91));
  record("giveFeedback, tag1 only, client's next", 108_496, await two(GIVE, ...tagged(92)));
  const full = (value, seed) =>
    [agent, value, 2, "uptime", "day", "https://agent.example/a2a", uri(seed), keccak(seed)];
  await one(GIVE, ...full(9977, "g2"));
  record("giveFeedback, all fields", 131_984, await one(GIVE, ...full(9978, "h3")));

  await two("revokeFeedback(uint256,uint64)", agent, 1);
  record("revokeFeedback", 36_244, await two("revokeFeedback(uint256,uint64)", agent, 2));
  const append = "appendResponse(uint256,address,uint64,string,bytes32)";
  const responder = on(reputation, owner);
  await responder(append, agent, client1, 1, uri("i4"), keccak("i4"));
  record("appendResponse (66-byte URI)", 125_407, await responder(append, agent, client1, 2, uri("j5"), keccak("j5")));

  const request = "validationRequest(address,uint256,string,bytes32)";
  const respond = "validationResponse(bytes32,uint8,string,bytes32,string)";
  const asker = on(validation, owner);
  const judge = on(validation, validator);
  await asker(request, validator, agent, uri("k6"), keccak("k6"));
  record("validationRequest", 210_707, await asker(request, validator, agent, uri("l7"), keccak("l7")));
  await judge(respond, keccak("k6"), 100, uri("m2"), keccak("m2"), "tee");
  record("validationResponse", 132_822, await judge(respond, keccak("l7"), 95, uri("n3"), keccak("n3"), "tee"));

  const unset = "unsetAgentWallet(uint256)";
  const setWallet = "setAgentWallet(uint256,address,uint256,bytes)";
  for (const id of [0, 1]) {
    const { deadline, signature } = await walletSignature(id, other, owner);
    record(id === 0 ? null : "setAgentWallet", null, await asOwner(setWallet, id, other, deadline, signature));
  }
  await asOwner(unset, 0);
  record("unsetAgentWallet, of a verified wallet", 35_000, await asOwner(unset, 1));
  await asOwner(unset, 4);
  record("unsetAgentWallet, of the owner's own", 35_000, await asOwner(unset, 5));
  record("unsetAgentWallet, of none", 35_000, await asOwner(unset, 5));

  const transfer = "transferFrom(address,address,uint256)";
  await asOwner(transfer, owner, admin, 0);
  record("transferFrom", 70_280, await asOwner(transfer, owner, admin, 2));
  record("transferFrom, to a first-time owner", null, await asOwner(transfer, owner, client1, 3));
  return rows.filter((row) => row.operation !== null);
}
