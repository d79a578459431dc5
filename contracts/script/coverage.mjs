#!/usr/bin/env node
// Measures the coverage of src/ and fails below 97 % of lines or 92 % of branches.
// --ir-minimum because giveFeedback has more arguments than the stack has reach. It gives inline assembly no source
// locations, so those lines are left out of the count.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FLOOR = { lines: 97, branches: 92 };
const root = fileURLToPath(new URL("..", import.meta.url));

// COVERAGE_REPORT=1 judges the lcov.info of an earlier run again.
const run = process.env.COVERAGE_REPORT ? { status: 0 } : spawnSync(
  "node_modules/.bin/forge",
  ["coverage", "--ir-minimum", "--report", "lcov", "--report-file", "lcov.info", "--no-match-path", "test/{invariant,symbolic}/*"],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, FOUNDRY_OUT: "cache/coverage-out", FOUNDRY_CACHE_PATH: "cache/coverage" } },
);
if (run.status !== 0) process.exit(run.status ?? 1);

/** The lines of a source that inline assembly takes: under --ir-minimum they are never reported as run, hit or not. */
function assemblyLines(path) {
  const lines = new Set();
  let depth = 0;
  readFileSync(`${root}/${path}`, "utf8").split("\n").forEach((line, i) => {
    const starts = depth === 0 && /^\s*assembly\b/.test(line);
    if (starts || depth > 0) {
      lines.add(i + 1);
      depth += (line.match(/{/g) ?? []).length - (line.match(/}/g) ?? []).length;
    }
  });
  return lines;
}

const files = new Map();
let current;
let skipped;
for (const line of readFileSync(`${root}/lcov.info`, "utf8").split("\n")) {
  const [tag, value] = [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)];
  if (tag === "SF") {
    files.set(value, (current = { LF: 0, LH: 0, BRF: 0, BRH: 0 }));
    skipped = value.startsWith("src/") ? assemblyLines(value) : new Set();
  } else if (tag === "BRF" || tag === "BRH") {
    current[tag] = Number(value);
  } else if (tag === "DA") {
    const [number, hits] = value.split(",").map(Number);
    if (skipped.has(number)) continue;
    current.LF++;
    if (hits > 0) current.LH++;
  }
}

const total = { LF: 0, LH: 0, BRF: 0, BRH: 0 };
const percent = (hit, found) => (found === 0 ? 100 : (100 * hit) / found);
const row = (name, c) =>
  console.log(`| ${name} | ${percent(c.LH, c.LF).toFixed(2)} % (${c.LH}/${c.LF}) | ${percent(c.BRH, c.BRF).toFixed(2)} % (${c.BRH}/${c.BRF}) |`);
console.log("| file | lines | branches |\n|---|---|---|");
for (const [name, counts] of [...files].sort()) {
  if (!name.startsWith("src/")) continue;
  row(name, counts);
  for (const key of Object.keys(total)) total[key] += counts[key];
}
row("src/", total);
console.log(`coverage: ${percent(total.LH, total.LF).toFixed(2)} % of lines, ${percent(total.BRH, total.BRF).toFixed(2)} % of branches`);
if (percent(total.LH, total.LF) < FLOOR.lines || percent(total.BRH, total.BRF) < FLOOR.branches) {
  console.error(`coverage: below ${FLOOR.lines} % of lines or ${FLOOR.branches} % of branches`);
  process.exit(1);
}
