#!/usr/bin/env node
// Exports what others build on from the artifacts of `forge build`: abi/<Registry>.json, which Rust reads, and
// storage-layout/<Registry>.json, which an upgrade must keep.
//
//   node script/abi.mjs            write them
//   node script/abi.mjs --check    fail where they differ from the artifacts, or where the ABI has lost a member that
//                                  clients of the reference rely on (test/fixtures/erc8004-2.0.0.txt)
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const REGISTRIES = { AgentIdentityRegistry: "Identity", AgentReputationRegistry: "Reputation", AgentValidationRegistry: "Validation" };
const here = (path) => new URL(`../${path}`, import.meta.url);
const artifact = (file, name) => JSON.parse(readFileSync(here(`out/${file}.sol/${name}.json`), "utf8"));
const text = (value) => JSON.stringify(value, null, 2) + "\n";

const typeOf = ({ type, components }) =>
  type.startsWith("tuple") ? `(${components.map(typeOf).join(",")})${type.slice(5)}` : type;
const list = (items) =>
  items.map((item) => [typeOf(item), item.indexed ? "indexed" : "", item.name].filter(Boolean).join(" ")).join(", ");

/** One line a member, in the fixture's notation. */
function describe(member) {
  if (member.type === "event") return `event ${member.name}(${list(member.inputs)})`;
  const returns = member.outputs.length > 0 ? ` returns (${list(member.outputs)})` : "";
  return `function ${member.name}(${list(member.inputs)}) ${member.stateMutability}${returns}`;
}

function missingMembers(name, abi) {
  const fixture = readFileSync(here("test/fixtures/erc8004-2.0.0.txt"), "utf8").split("\n");
  const start = fixture.indexOf(`# ${name}`) + 1;
  const end = fixture.findIndex((line, i) => i >= start && line.startsWith("# "));
  const expected = fixture.slice(start, end < 0 ? undefined : end).filter(Boolean);
  const present = new Set(abi.filter(({ type }) => type === "function" || type === "event").map(describe));
  return expected.filter((line) => !present.has(line));
}

/** The layout without what a recompilation may change: AST ids in type names, and the probe contract's path. */
function layoutOf(probe) {
  const stable = JSON.stringify(artifact("StorageLayouts", probe).storageLayout)
    .replace(/(t_(?:struct|enum|contract|userDefinedValueType)\([^()]*\))\d+/g, "$1")
    .replace(/"astId":\d+,/g, "");
  return JSON.parse(stable);
}

const check = process.argv.includes("--check");
const problems = [];
/** EIP-170: no contract is larger. */
const MAX_CODE_BYTES = 24_576;

function emit(path, content) {
  if (!check) {
    mkdirSync(here(path.slice(0, path.lastIndexOf("/"))), { recursive: true });
    writeFileSync(here(path), content);
  } else if (!existsSync(here(path)) || readFileSync(here(path), "utf8") !== content) {
    problems.push(`${path} differs from the artifacts: run \`node script/abi.mjs\` and look at the difference`);
  }
}

for (const [name, short] of Object.entries(REGISTRIES)) {
  const { abi, deployedBytecode } = artifact(name, name);
  const bytes = (deployedBytecode.object.length - 2) / 2;
  if (bytes > MAX_CODE_BYTES) problems.push(`${name} has ${bytes} bytes of code, and a chain takes ${MAX_CODE_BYTES}`);
  emit(`abi/${name}.json`, text(abi));
  emit(`storage-layout/${name}.json`, text(layoutOf(`${short}Layout`)));
  for (const line of missingMembers(name, abi)) problems.push(`${name} lacks: ${line}`);
}

for (const problem of problems) console.error(`abi: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(check ? "abi: no drift, nothing missing" : "abi: written");
