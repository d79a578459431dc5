// Writes token.hex, the code that tests plant, from Token.sol: `node tests/contracts/compile.mjs`, with the compiler of
// contracts/ (`npm ci --ignore-scripts` there).
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const here = new URL(".", import.meta.url);
const solc = createRequire(new URL("../../contracts/package.json", here))("solc");
const input = {
    language: "Solidity",
    sources: { "Token.sol": { content: readFileSync(new URL("Token.sol", here), "utf8") } },
    settings: {
        evmVersion: "cancun",
        optimizer: { enabled: true, runs: 200 },
        metadata: { appendCBOR: false, bytecodeHash: "none" },
        outputSelection: { "*": { "*": ["evm.deployedBytecode.object"] } },
    },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
for (const error of output.errors ?? []) console.error(error.formattedMessage);
const code = output.contracts["Token.sol"].Token.evm.deployedBytecode.object;
writeFileSync(new URL("token.hex", here), `0x${code}\n`);
