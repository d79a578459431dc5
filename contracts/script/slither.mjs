#!/usr/bin/env node
// Runs slither over src/ and fails on any finding of medium or high impact; an exception and its reason are comments where
// the finding is.
// Needs slither 0.11.6 (PyPI `slither-analyzer`): SLITHER names the executable; else .venv/bin/slither; else the PATH's.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// slither asks forge for its settings, and looks for it on the path.
const PATH = `${root}/node_modules/.bin:${process.env.PATH}`;
const env = { ...process.env, PATH, FOUNDRY_OUT: "cache/slither-out", FOUNDRY_CACHE_PATH: "cache/slither" };
const options = { cwd: root, stdio: ["ignore", "inherit", "inherit"], env };
const must = (run) => run.status === 0 || process.exit(run.status ?? 1);

// Of an earlier build slither would read what no longer fits the sources.
for (const path of ["cache/slither", "cache/slither-out"]) rmSync(`${root}/${path}`, { recursive: true, force: true });
must(spawnSync("node_modules/.bin/forge", ["build", "--build-info", "src"], options));
const local = `${root}/.venv/bin/slither`;
const slither = process.env.SLITHER ?? (existsSync(local) ? local : "slither");
must(spawnSync(
  slither,
  [".", "--ignore-compile", "--foundry-out-directory", "cache/slither-out", "--config-file", "slither.config.json"],
  options,
));
