/** What a deployment is called in the events of faults. */

import { execFileSync } from 'node:child_process';

/** What functions are made of. Who changes nothing of it makes no new version of them. */
const CODE = ['Cargo.lock', 'Cargo.toml', 'contracts/abi', 'functions', 'migrations', 'openapi.json', 'shared'];

/** The last commit that changed the functions; none without a repository: events then have the crates' version. */
export function release(folder: URL | string = new URL('../..', import.meta.url)): string | undefined {
  const args = ['log', '-1', '--format=%h', '--abbrev=12', '--', ...CODE];
  try {
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
