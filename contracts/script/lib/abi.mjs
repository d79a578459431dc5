// Just enough of the contract ABI to call the registries: words, strings, bytes, and lists of tuples of those.
import sha3 from "js-sha3";

export const keccak = (data) => "0x" + sha3.keccak256(data);
const selector = (signature) => sha3.keccak256(signature).slice(0, 8);

const word = (value) => BigInt.asUintN(256, BigInt(value)).toString(16).padStart(64, "0");
const padRight = (hex) => hex.padEnd(Math.ceil(hex.length / 64) * 64, "0");
const hexOf = (value) => (typeof value === "string" && value.startsWith("0x") ? value.slice(2) : Buffer.from(value).toString("hex"));

/** Splits "string,(string,bytes)[],uint256" at the commas of the outermost level. */
function splitTypes(list) {
  const types = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= list.length; i++) {
    if (list[i] === "(") depth++;
    if (list[i] === ")") depth--;
    if (i === list.length || (list[i] === "," && depth === 0)) {
      if (i > start) types.push(list.slice(start, i));
      start = i + 1;
    }
  }
  return types;
}

const isDynamic = (type) => type === "string" || type === "bytes" || type.endsWith("[]") || type.startsWith("(");

function encodeOne(type, value) {
  if (type.endsWith("[]")) {
    const inner = type.slice(0, -2);
    return word(value.length) + encodeList(value.map(() => inner), value);
  }
  if (type.startsWith("(")) return encodeList(splitTypes(type.slice(1, -1)), value);
  if (type === "string" || type === "bytes") {
    const hex = type === "string" ? Buffer.from(value).toString("hex") : hexOf(value);
    return word(hex.length / 2) + padRight(hex);
  }
  return word(value);
}

function encodeList(types, values) {
  let head = "";
  let tail = "";
  types.forEach((type, i) => {
    const encoded = encodeOne(type, values[i]);
    if (isDynamic(type)) {
      head += word(types.length * 32 + tail.length / 2);
      tail += encoded;
    } else {
      head += encoded;
    }
  });
  return head + tail;
}

/** The arguments alone, as a constructor takes them. */
export const encodeArguments = (types, values) => encodeList(splitTypes(types), values);

/** Calldata for `name(type,…)`. */
export function encodeCall(signature, values = []) {
  const types = signature.slice(signature.indexOf("(") + 1, -1);
  return "0x" + selector(signature) + encodeList(splitTypes(types), values);
}
