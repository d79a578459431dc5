// A JSON-RPC client, and an anvil of our own on a free loopback port.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const ANVIL = fileURLToPath(new URL("../../node_modules/.bin/anvil", import.meta.url));

/** A client for one endpoint: `await rpc("eth_chainId")`. */
export function client(url) {
  let id = 0;
  return async (method, ...params) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params });
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { result, error } = await response.json();
    if (error) throw new Error(`${method}: ${error.message}${error.data ? ` (${JSON.stringify(error.data)})` : ""}`);
    return result;
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts anvil with chain id 31337; the caller stops it. */
export async function startAnvil() {
  const port = await freePort();
  const child = spawn(ANVIL, ["--host", "127.0.0.1", "--port", String(port), "--silent"], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  const rpc = client(url);
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      await rpc("eth_chainId");
      return { url, rpc, stop: () => child.kill() };
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill();
        throw new Error("anvil did not start", { cause: error });
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}
