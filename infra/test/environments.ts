/** The environments of the tests, each synthesized once. */

import { readFileSync } from 'node:fs';
import type { Environment } from '../lib/environments.ts';
import { synthesize, type Synthesized } from './synth.ts';

/** As large as it gets: a name of its own, every setting, and CloudFront before it, in another region than the API's. */
export const EDGE: Partial<Environment> = JSON.parse(readFileSync(new URL('edge.json', import.meta.url), 'utf8'));

const KNOWN = new Map<string, Synthesized>();

/** What is put in the place of members of an environment, by the name of what comes of it. */
const CHANGED: Readonly<Record<string, readonly [string, Partial<Environment>]>> = {
  edge: ['prod', EDGE],
  x86_64: ['dev', { architecture: 'x86_64' }],
};

/** The environment called `name`; `edge` is prod with an edge, `x86_64` is dev on that processor. */
export function made(name: string): Synthesized {
  const [environment, change] = CHANGED[name] ?? [name, {}];
  const known = KNOWN.get(name) ?? synthesize(environment, change);
  KNOWN.set(name, known);
  return known;
}
