/** What an environment sets in place of the defaults of the code, and which functions read it. */

import { both, NOTHING, type Need } from './capabilities.ts';
import type { Environment, Settings } from './environments.ts';
import type { Declaration } from './functions.ts';

/** Those that ask a wallet to sign in, and those that see whether it has. A test holds them against the manifest. */
export const SIGN_IN = ['create-challenge', 'create-api-key'];

type Variables = Readonly<Record<string, string | undefined>>;

/** What a function needs for its environment's settings: only those that it reads. */
export function settingsOf(declaration: Declaration, { settings = {}, metrics = {} }: Environment): Need {
  const { name, capabilities } = declaration;
  const isMetrics = declaration.kind === 'http' && declaration.path === '/metrics';
  const variables: Variables = {
    SENTRY_DSN: settings.sentryDsn,
    LOG_DEBUG_ONE_IN: settings.logDebugOneIn?.toString(),
    ...(capabilities.includes('open-web') && { IPFS_GATEWAYS: settings.ipfsGateways?.join(',') }),
    ...(capabilities.includes('rate-limit') && { RATE_LIMIT_QUOTAS: quotas(settings) }),
    ...(SIGN_IN.includes(name) && { SIGN_IN_DOMAINS: settings.signInDomains?.join(',') }),
    ...(isMetrics && { METRICS_NETWORKS: metrics.networks?.join(',') }),
  };
  const need = { ...NOTHING, environment: given(variables) };
  return isMetrics && metrics.hasToken ? both(need, TOKEN) : need;
}

/** What a scraper sends. Whoever reads the metrics is in the VPC anyway, where it reaches Secrets Manager. */
const TOKEN: Need = {
  ...NOTHING,
  environment: { METRICS_TOKEN_SECRET_ID: { from: 'data/metrics/secret-arn' } },
  secrets: ['data/metrics/secret-arn'],
};

/** `lookup=5000,search=1000` */
function quotas({ rateLimitQuotas }: Settings): string {
  const entries = Object.entries(rateLimitQuotas ?? {});
  return entries.map(([name, quota]) => `${name}=${quota}`).join(',');
}

/** Without those that are not set. */
function given(variables: Variables): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
