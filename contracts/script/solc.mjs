#!/usr/bin/env node
// The compiler that foundry.toml names: npm's solc-js behind the two flags that forge uses.
// forge hands over every source in the input, so no import callback is needed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const solc = createRequire(import.meta.url)("solc");

if (process.argv.includes("--version")) {
  console.log("solc, the solidity compiler commandline interface");
  console.log(`Version: ${solc.version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error("usage: solc.mjs --version | --standard-json < input.json");
  process.exit(2);
}
