/** The functions, as they declare themselves: `cargo xtask openapi` writes infra/functions.json. */

import { readFileSync } from 'node:fs';
import { CAPABILITIES, type Capability } from './capabilities.ts';

interface Declared {
  readonly name: string;
  readonly capabilities: readonly Capability[];
}
/** Answers a route of the HTTP API; `$default` takes what no other route does. */
export interface Endpoint extends Declared {
  readonly kind: 'http';
  readonly method: string;
  readonly path: string;
}
/** Runs by the clock. */
export interface Scheduled extends Declared {
  readonly kind: 'schedule';
  readonly rate: string;
}
/** Runs when it is asked to, in a deployment. */
export interface Task extends Declared {
  readonly kind: 'task';
}
export type Declaration = Endpoint | Scheduled | Task;

/**
 * Reads the manifest.
 * @throws when a function names a capability that the stacks know nothing of
 */
export function readFunctions(file = new URL('../functions.json', import.meta.url)): Declaration[] {
  const functions = JSON.parse(readFileSync(file, 'utf8')) as Declaration[];
  for (const { name, capabilities } of functions) {
    for (const capability of capabilities) {
      if (!(capability in CAPABILITIES)) {
        throw new Error(`${name} declares ${capability}, which lib/capabilities.ts does not know`);
      }
    }
  }
  return functions;
}
