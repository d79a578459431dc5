/** What differs between environments, as data. An environment is deployed by its name. */

/** How a new version takes over: all at once, or step by step with a way back when its alarm goes off. */
export type Rollout = 'all-at-once' | 'canary' | 'linear';

/** Lambda's processor. It decides for which target the zips are built as well. */
export type Architecture = 'arm64' | 'x86_64';

export interface Environment {
  readonly name: string;
  readonly region: string;
  /** Named here, so that synthesis looks nothing up. Two at least. */
  readonly availabilityZones: readonly string[];
  readonly architecture: Architecture;
  readonly network: {
    readonly cidr: string;
    /** One in each zone survives the loss of a zone; one in all is cheaper. */
    readonly natGateways: number;
  };
  readonly database: {
    /** Aurora capacity units (2 GiB of memory each); 0 lets an idle cluster sleep. */
    readonly capacity: { readonly min: number; readonly max: number };
    readonly readers: number;
    readonly backupDays: number;
  };
  readonly cache: { readonly storageGbMax: number; readonly ecpuPerSecondMax: number; readonly snapshots: number };
  readonly api: {
    /** Requests a second over all callers, and how many at once above that. */
    readonly throttle: { readonly rate: number; readonly burst: number };
    /** Origins whose pages may read replies; `*` for all. */
    readonly corsOrigins: readonly string[];
    /** Environments of one function at once; none: what the account has. */
    readonly reservedConcurrency?: Readonly<Record<string, number>>;
    readonly domain?: Domain;
  };
  /** CloudFront and WAF before the API. Needs `api.domain`, because the execute-api endpoint is then off. */
  readonly edge?: { readonly domain: Domain; readonly requestsPer5MinutesPerAddress: number };
  readonly rollout: Rollout;
  readonly logDays: 7 | 30 | 365;
  /** Of `debug` the AWS SDK makes many lines a request. */
  readonly logLevel: 'info' | 'warn' | 'debug';
  /** Data stores and logs outlive their stack, and are guarded against deletion. */
  readonly isKept: boolean;
  /** Where alarms go beside the topic: an HTTPS integration URL of PagerDuty. No secret: it only takes alarms in. */
  readonly alarmEndpoint?: string;
  /** In place of what the code does by itself. */
  readonly settings?: Settings;
  /** To whom `/metrics` is open: to all where neither is said, to whoever has the one or is in the other where both are. */
  readonly metrics?: {
    /** Makes a secret with the token that a scraper sends. */
    readonly hasToken?: boolean;
    /** Such as `10.0.0.0/8`, as the API sees callers. */
    readonly networks?: readonly string[];
  };
  /** Where AWS services are found, when not in AWS: for the emulator of the end-to-end test. */
  readonly endpoints?: Readonly<Record<string, string>>;
}

/** Settings that are no secrets. What each means is in docs/OPERATIONS.md#settings. */
export interface Settings {
  /** Where faults are reported. The key in it is public by design: it only takes events in. */
  readonly sentryDsn?: string;
  /** One request in so many is logged at `debug`, whatever the level. */
  readonly logDebugOneIn?: number;
  /** In order; each ends with `/`. */
  readonly ipfsGateways?: readonly string[];
  /** Calls an hour of a free caller, where they differ from docs/LIMITS.md. */
  readonly rateLimitQuotas?: Readonly<Partial<Record<LimitClass, number>>>;
  /** The hosts that wallets sign in to, where they are others than that of the API. */
  readonly signInDomains?: readonly string[];
}

/** What calls are counted by: `shared/src/http/endpoint.rs`. */
export type LimitClass = 'register' | 'feedback' | 'payment' | 'lookup' | 'search' | 'auth';

/** A name, its certificate and the hosted zone that it is written into. */
export interface Domain {
  readonly name: string;
  /** In the region of the API; for `edge` in us-east-1. */
  readonly certificateArn: string;
  readonly zone: { readonly id: string; readonly name: string };
}

const dev: Environment = {
  name: 'dev',
  region: 'us-east-1',
  availabilityZones: ['us-east-1a', 'us-east-1b'],
  architecture: 'arm64',
  network: { cidr: '10.80.0.0/16', natGateways: 1 },
  database: { capacity: { min: 0, max: 4 }, readers: 0, backupDays: 7 },
  cache: { storageGbMax: 1, ecpuPerSecondMax: 5_000, snapshots: 0 },
  api: { throttle: { rate: 100, burst: 200 }, corsOrigins: ['*'] },
  rollout: 'all-at-once',
  logDays: 7,
  logLevel: 'info',
  isKept: false,
};

const staging: Environment = {
  ...dev,
  name: 'staging',
  network: { cidr: '10.81.0.0/16', natGateways: 1 },
  database: { capacity: { min: 0.5, max: 8 }, readers: 1, backupDays: 7 },
  rollout: 'canary',
  logDays: 30,
  isKept: true,
};

const prod: Environment = {
  name: 'prod',
  region: 'us-east-1',
  availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  architecture: 'arm64',
  network: { cidr: '10.82.0.0/16', natGateways: 3 },
  database: { capacity: { min: 1, max: 64 }, readers: 1, backupDays: 35 },
  cache: { storageGbMax: 20, ecpuPerSecondMax: 100_000, snapshots: 7 },
  api: { throttle: { rate: 2_000, burst: 4_000 }, corsOrigins: ['*'] },
  rollout: 'linear',
  logDays: 365,
  logLevel: 'info',
  isKept: true,
};

export const ENVIRONMENTS: Readonly<Record<string, Environment>> = { dev, staging, prod };

/**
 * The environment called `name`, with what the emulator of the end-to-end test needs put in its place.
 * @throws when there is none, or when it contradicts itself
 */
export function environment(name: string, change: Partial<Environment> = {}): Environment {
  const found = ENVIRONMENTS[name];
  if (!found) {
    throw new Error(`there is no environment ${name}, only ${Object.keys(ENVIRONMENTS).join(', ')}`);
  }
  const made = { ...found, ...change };
  if (made.edge && !made.api.domain) {
    throw new Error(`${name}: an edge needs api.domain, the name that CloudFront finds the API by`);
  }
  if (made.availabilityZones.length < 2) {
    throw new Error(`${name}: two availability zones are the least`);
  }
  return made;
}
