/** `node --import tsx bin/architecture.ts ENVIRONMENT` prints for which processor its functions are packaged. */

import { environment } from '../lib/environments.ts';

process.stdout.write(environment(process.argv[2] ?? '').architecture);
