#!/usr/bin/env node
// The compiler that foundry.toml names: npm's solc-js behind the two flags that forge uses.
// forge hands over every source in the input, so no import callback is needed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

if (process.argv.includes("--version")) {
  console.log("solc, the solidity compiler commandline interface");
  console.log(`Version: ${require("solc").version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(compile(readFileSync(0)));
} else {
  console.error("usage: solc.mjs --version | --standard-json < input.json");
  process.exit(2);
}

/** Calls the compiler with its input on the heap: solc-js puts it on the stack, which all our sources overflow. */
function compile(input) {
  const solc = require("solc/soljson.js");
  const address = solc._solidity_alloc(input.length + 1);
  solc.HEAPU8.set(input, address);
  solc.HEAPU8[address + input.length] = 0;
  return solc.UTF8ToString(solc._solidity_compile(address, 0, 0));
}
