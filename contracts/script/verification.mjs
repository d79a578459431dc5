#!/usr/bin/env node
// Writes what an explorer needs to verify the deployed contracts: the compiler's standard JSON input of each, as
// deployments/verification/<Contract>.json, from the metadata of `forge build` and the sources on disk.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const CONTRACTS = ["AgentIdentityRegistry", "AgentReputationRegistry", "AgentValidationRegistry", "ERC1967Proxy"];
const here = (path) => new URL(`../${path}`, import.meta.url);

mkdirSync(here("deployments/verification"), { recursive: true });
for (const name of CONTRACTS) {
  const artifact = JSON.parse(readFileSync(here(`out/${name}.sol/${name}.json`), "utf8"));
  const metadata = typeof artifact.metadata === "string" ? JSON.parse(artifact.metadata) : artifact.metadata;
  const { compilationTarget, libraries, ...settings } = metadata.settings;
  const sources = Object.fromEntries(
    Object.keys(metadata.sources).map((path) => [path, { content: readFileSync(here(path), "utf8") }]),
  );
  const input = {
    language: metadata.language,
    sources,
    settings: { ...settings, outputSelection: { "*": { "*": ["abi", "evm.bytecode", "evm.deployedBytecode", "metadata"] } } },
  };
  const path = `deployments/verification/${name}.json`;
  writeFileSync(here(path), JSON.stringify(input, null, 2) + "\n");
  const [[file, contract]] = Object.entries(compilationTarget);
  console.log(`${path}: ${file}:${contract}, solc ${metadata.compiler.version}`);
}
