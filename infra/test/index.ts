/** All tests in one process, which synthesizes each environment once. */

import './at-rest-and-in-transit.test.ts';
import './cost.test.ts';
import './functions.test.ts';
import './permissions.test.ts';
import './snapshots.test.ts';
import './stacks.test.ts';
