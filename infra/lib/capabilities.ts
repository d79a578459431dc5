/**
 * What each capability means in AWS. In code a client is only to be had through a capability; here a function gets the
 * variables, secrets, permissions and network of the capabilities that it declares, and nothing else.
 */

import type { List, Value } from './parameters.ts';

/** The names that functions declare: `shared/src/capability`. */
export type Capability =
  | 'database-read'
  | 'database-write'
  | 'schema'
  | 'cache'
  | 'chain-rpc'
  | 'open-web'
  | 'api-keys'
  | 'rate-limit'
  | 'put-metrics';

/** A value of another stack, or a text. */
export type Setting = { readonly from: Value } | string;

export interface Need {
  readonly environment: Readonly<Record<string, Setting>>;
  /** Secrets that it reads; each is the parameter that holds the secret's ARN. */
  readonly secrets: readonly Value[];
  /** Actions on the one resource whose ARN the parameter holds. */
  readonly permissions: readonly { readonly actions: readonly string[]; readonly on: Value }[];
  /** Whom it talks to: members of these groups are let in there. None: no network of ours is needed. */
  readonly securityGroups: readonly Value[];
  /** `egress` reaches the internet through NAT, `private` only what the VPC holds. */
  readonly subnets?: List;
}

const group = <T extends string>(name: T) => `network/security-group/${name}` as const;

/** A secret is fetched from inside the VPC, through the endpoint of Secrets Manager. */
const inVpc = (client: Value): Pick<Need, 'securityGroups' | 'subnets'> => ({
  securityGroups: [client, group('https-client')],
  subnets: 'network/subnets/private',
});

const reader: Need = {
  environment: {
    DATABASE_READER_URL: { from: 'data/database/reader-url' },
    DATABASE_READER_SECRET_ID: { from: 'data/database/reader-secret-arn' },
  },
  secrets: ['data/database/reader-secret-arn'],
  permissions: [],
  ...inVpc(group('database-client')),
};

const writer: Need = {
  environment: {
    DATABASE_URL: { from: 'data/database/writer-url' },
    DATABASE_SECRET_ID: { from: 'data/database/writer-secret-arn' },
  },
  secrets: ['data/database/writer-secret-arn'],
  permissions: [],
  ...inVpc(group('database-client')),
};

const cache: Need = {
  environment: {
    CACHE_URL: { from: 'data/cache/url' },
    CACHE_CLUSTER: { from: 'data/cache/is-cluster' },
    CACHE_SECRET_ID: { from: 'data/cache/secret-arn' },
  },
  secrets: ['data/cache/secret-arn'],
  permissions: [],
  ...inVpc(group('cache-client')),
};

/** Everything that two needs have. */
export function both(a: Need, b: Need): Need {
  return {
    environment: { ...a.environment, ...b.environment },
    secrets: [...new Set([...a.secrets, ...b.secrets])],
    permissions: [...a.permissions, ...b.permissions],
    securityGroups: [...new Set([...a.securityGroups, ...b.securityGroups])],
    // Who reaches the internet reaches the VPC as well.
    subnets: [a.subnets, b.subnets].includes('network/subnets/egress')
      ? 'network/subnets/egress'
      : (a.subnets ?? b.subnets),
  };
}

/** What an endpoint needs on top when CloudFront is in front: to know its word from others'. */
export const BEHIND_EDGE: Need = {
  environment: { ORIGIN_SECRET_SECRET_ID: { from: 'data/origin/secret-arn' } },
  secrets: ['data/origin/secret-arn'],
  permissions: [],
  securityGroups: [],
};

export const NOTHING: Need = { environment: {}, secrets: [], permissions: [], securityGroups: [] };

export const CAPABILITIES: Readonly<Record<Capability, Need>> = {
  'database-read': reader,
  'database-write': writer,
  // Owns the schema and makes the roles of the other two, with the passwords of their secrets.
  schema: {
    environment: {
      DATABASE_URL: { from: 'data/database/writer-url' },
      DATABASE_OWNER_SECRET_ID: { from: 'data/database/owner-secret-arn' },
      DATABASE_SECRET_ID: { from: 'data/database/writer-secret-arn' },
      DATABASE_READER_SECRET_ID: { from: 'data/database/reader-secret-arn' },
    },
    secrets: ['data/database/owner-secret-arn', 'data/database/writer-secret-arn', 'data/database/reader-secret-arn'],
    permissions: [],
    ...inVpc(group('database-client')),
  },
  cache,
  'chain-rpc': {
    environment: { CHAIN_RPC_URLS_SECRET_ID: { from: 'data/chain-rpc/secret-arn' } },
    secrets: ['data/chain-rpc/secret-arn'],
    permissions: [],
    securityGroups: [group('https-client')],
    subnets: 'network/subnets/egress',
  },
  // Any server that an agent names. What is not of the open web is refused by the resolver itself.
  'open-web': {
    environment: {},
    secrets: [],
    permissions: [],
    securityGroups: [group('https-client'), group('http-client')],
    subnets: 'network/subnets/egress',
  },
  'api-keys': both(cache, writer),
  // The table is reached by the credentials of the role; inside the VPC by its gateway endpoint.
  'rate-limit': {
    environment: { RATE_LIMIT_TABLE: { from: 'data/rate-limit/table-name' } },
    secrets: [],
    permissions: [{ actions: ['dynamodb:UpdateItem'], on: 'data/rate-limit/table-arn' }],
    securityGroups: [],
  },
  // CloudWatch knows no resource for it: the role names the namespace instead.
  'put-metrics': { environment: {}, secrets: [], permissions: [], ...inVpc(group('https-client')) },
};

/** What a function with these capabilities needs. */
export function needOf(capabilities: readonly Capability[], more: Need = NOTHING): Need {
  return capabilities.map((name) => CAPABILITIES[name]).reduce(both, more);
}
