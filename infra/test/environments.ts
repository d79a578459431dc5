/** The environments of the tests, each synthesized once. */

import { readFileSync } from 'node:fs';
import type { Environment } from '../lib/environments.ts';
import { synthesize, type Synthesized } from './synth.ts';

/** As large as it gets: a name of its own, and CloudFront before it, in another region than that of the API. */
export const EDGE: Partial<Environment> = JSON.parse(readFileSync(new URL('edge.json', import.meta.url), 'utf8'));

const KNOWN = new Map<string, Synthesized>();

/** The environment called `name`; `edge` is prod with an edge. */
export function made(name: string): Synthesized {
  const known = KNOWN.get(name) ?? (name === 'edge' ? synthesize('prod', EDGE) : synthesize(name));
  KNOWN.set(name, known);
  return known;
}
