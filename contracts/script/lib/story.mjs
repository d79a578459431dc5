// What happens on a development chain: agents of several kinds, what clients say of them, what validators find.
// Nothing depends on the time or on chance, so that the same blocks come out every time.
import { encodeCall, keccak } from "./abi.mjs";
import { walletTypedData } from "./wallet.mjs";

const REGISTER = "register()";
const REGISTER_URI = "register(string)";
const REGISTER_ALL = "register(string,(string,bytes)[])";
const GIVE = "giveFeedback(uint256,int128,uint8,string,string,string,string,bytes32)";
const REQUEST = "validationRequest(address,uint256,string,bytes32)";
const RESPOND = "validationResponse(bytes32,uint8,string,bytes32,string)";
const REGISTRY_ADMIN_ROLE = keccak("REGISTRY_ADMIN_ROLE");

/** A registration file as a data: URI. */
function file(name, description, service) {
  const json = JSON.stringify({
    type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
    name,
    description,
    image: "",
    services: [service],
    x402Support: true,
    active: true,
    supportedTrust: ["reputation", "crypto-economic"],
  });
  return `data:application/json;base64,${Buffer.from(json).toString("base64")}`;
}

const mcp = (host) => ({ name: "MCP", endpoint: `https://${host}.example/mcp`, version: "2025-06-18" });

/** Acts the story out. `call(from, to, data)` sends a transaction and waits for it. */
export async function tell({ rpc, call, chainId, registries, accounts }) {
  const [admin, ada, bo, cy, di, el, validator, wallet] = accounts;
  const on = (registry) => (from, signature, ...values) => call(from, registry, encodeCall(signature, values));
  const [identity, reputation, validation] =
    [registries.identity, registries.reputation, registries.validation].map(on);

  // 0: complete, paid at a wallet of its own.
  await identity(ada, REGISTER_ALL, file("Beacon", "Finds harbours and tells how deep they are", mcp("beacon")), [
    ["category", Buffer.from("navigation")], ["version", Buffer.from("1.2.0")],
  ]);
  const deadline = Number((await rpc("eth_getBlockByNumber", "latest", false)).timestamp) + 300;
  const message = { agentId: 0, newWallet: wallet, owner: ada, deadline };
  const typedData = walletTypedData(chainId, registries.identity, message);
  const signature = await rpc("eth_signTypedData_v4", wallet, typedData);
  await identity(ada, "setAgentWallet(uint256,address,uint256,bytes)", 0, wallet, deadline, signature);
  // 1: its file moved.
  await identity(bo, REGISTER_URI, "ipfs://bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
  await identity(bo, "setAgentURI(uint256,string)", 1, file("Ferry", "Books crossings", mcp("ferry")));
  // 2: sold, so that nobody is paid there until the new owner says where.
  await identity(bo, REGISTER);
  await identity(bo, "transferFrom(address,address,uint256)", bo, ada, 2);
  // 3 and 4: one misleads, of the other that was only feared.
  await identity(el, REGISTER_URI, file("Mirage", "Promises islands that are not there", mcp("mirage")));
  await identity(el, REGISTER_URI, file("Harbor", "Keeps berths", mcp("harbor")));

  const evidence = "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
  await reputation(cy, GIVE, 0, 92, 0, "starred", "", "https://beacon.example/mcp", evidence, keccak("evidence"));
  await reputation(di, GIVE, 0, 40, 0, "starred", "", "", "", 0);
  await reputation(di, "revokeFeedback(uint256,uint64)", 0, 1);
  await reputation(cy, GIVE, 0, 9977, 2, "uptime", "day", "", "", 0);
  await reputation(ada, "appendResponse(uint256,address,uint64,string,bytes32)", 0, cy, 1, evidence, keccak("thanks"));
  await reputation(di, GIVE, 1, 75, 0, "starred", "", "", "", 0);
  await reputation(cy, GIVE, 3, 5, 0, "starred", "", "", "", 0);

  await validation(ada, REQUEST, validator, 0, "ipfs://work-1", keccak("work 1"));
  await validation(validator, RESPOND, keccak("work 1"), 100, "ipfs://verdict-1", keccak("verdict 1"), "tee");
  await validation(ada, REQUEST, validator, 0, "ipfs://work-2", keccak("work 2"));
  await validation(bo, REQUEST, validator, 1, "ipfs://work-3", keccak("work 3"));
  await validation(validator, RESPOND, keccak("work 3"), 30, "", 0, "draft");
  await validation(validator, RESPOND, keccak("work 3"), 85, "ipfs://verdict-3", keccak("verdict 3"), "final");

  await identity(admin, "grantRole(bytes32,address)", REGISTRY_ADMIN_ROLE, admin);
  await identity(admin, "suspendAgent(uint256)", 3);
  await identity(admin, "suspendAgent(uint256)", 4);
  await identity(admin, "restoreAgent(uint256)", 4);
}
