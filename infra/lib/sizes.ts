/**
 * Memory and time-out of each function, in one table. Memory buys processor time in proportion (1,769 MB are one core):
 * what only waits for the database has little, what hashes, decodes or checks signatures has more.
 */

import type { Declaration } from './functions.ts';

export interface Size {
  readonly memoryMb: number;
  readonly timeoutS: number;
}

const READ: Size = { memoryMb: 256, timeoutS: 10 };
const WRITE: Size = { memoryMb: 512, timeoutS: 15 };
const STATIC: Size = { memoryMb: 128, timeoutS: 5 };

const SIZES: Readonly<Record<string, Size>> = {
  'get-docs': STATIC,
  'get-openapi': STATIC,
  'not-found': STATIC,
  health: { memoryMb: 128, timeoutS: 5 },
  // Reads chains until its time is over; a minute later the next run goes on.
  'sync-chain': { memoryMb: 1024, timeoutS: 300 },
  'refresh-views': { memoryMb: 128, timeoutS: 300 },
  'confirm-payments': { memoryMb: 256, timeoutS: 120 },
  migrate: { memoryMb: 256, timeoutS: 900 },
};

/** The size of a function; by its kind and method where the table does not name it. */
export function sizeOf(declaration: Declaration): Size {
  const named = SIZES[declaration.name];
  if (named) {
    return named;
  }
  if (declaration.kind !== 'http') {
    return { memoryMb: 256, timeoutS: 300 };
  }
  return declaration.method === 'GET' ? READ : WRITE;
}

/** The names in the table; a test holds them against the manifest. */
export const SIZED = Object.keys(SIZES);
