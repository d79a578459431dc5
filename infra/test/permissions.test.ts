/** What a role allows is tried out: every action on every resource that any function may use, for every function. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAPABILITIES, needOf, type Capability } from '../lib/capabilities.ts';
import type { Value } from '../lib/parameters.ts';
import { made } from './environments.ts';
import { all, byName, parameterOf, type Resource } from './synth.ts';

const PARTS = { http: 'api', schedule: 'schedules', task: 'schema' } as const;
const PROD = made('prod');

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const list = <T>(one: T | T[]): T[] => (Array.isArray(one) ? one : [one]);

/** Everything that some capability allows: an action, and the parameter that holds the resource. */
const ATTEMPTS: readonly (readonly [string, Value])[] = Object.values(CAPABILITIES).flatMap((need) => [
  ...need.secrets.map((secret) => ['secretsmanager:GetSecretValue', secret] as const),
  ...need.permissions.flatMap(({ actions, on }) => actions.map((action) => [action, on] as const)),
]);

function roleOf(name: string, part: string): Resource {
  const role = byName(PROD, part, 'AWS::IAM::Role', 'RoleName').get(name);
  assert.ok(role, `${name} has no role`);
  return role;
}

function statements(role: Resource): Statement[] {
  assert.equal(role.Properties.ManagedPolicyArns, undefined, 'a policy that is not ours');
  return role.Properties.Policies.flatMap((policy: any) => policy.PolicyDocument.Statement);
}

/** Whether a role allows an action on the resource that a parameter holds. */
function allows(role: Resource, part: string, action: string, on: Value): boolean {
  const matches = ({ Action, Resource: resource }: Statement) =>
    list(Action).includes(action) && list(resource).some((one) => one === '*' || parameterOf(PROD, part, one) === on);
  const matching = statements(role).filter(matches);
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

test('a function may do what its capabilities need, and nothing that it did not declare', () => {
  assert.ok(ATTEMPTS.length > 5);
  for (const { name, kind, capabilities } of PROD.functions) {
    const part = PARTS[kind];
    const need = needOf(capabilities);
    for (const [action, on] of ATTEMPTS) {
      const declared =
        action === 'secretsmanager:GetSecretValue'
          ? need.secrets.includes(on)
          : need.permissions.some((permission) => permission.on === on && permission.actions.includes(action));
      assert.equal(allows(roleOf(name, part), part, action, on), declared, `${name}: ${action} on ${on}`);
    }
  }
});

test('a role has no other actions than those of its capabilities, its log and its network', () => {
  const known = new Set([
    ...ATTEMPTS.map(([action]) => action),
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'kms:Decrypt',
    'cloudwatch:PutMetricData',
  ]);
  for (const { name, kind } of PROD.functions) {
    for (const { Action, Effect } of statements(roleOf(name, PARTS[kind]))) {
      const others = list(Action).filter((action) => !known.has(action) && !action.startsWith('ec2:'));
      assert.deepEqual(others, [], `${name}: ${Effect}`);
    }
  }
});

test('no policy allows an action on everything, but for what Lambda itself does and the code is denied', () => {
  for (const { where, resource } of all(PROD)) {
    const documents = [
      resource.Properties?.PolicyDocument,
      ...(resource.Properties?.Policies ?? []).map((policy: any) => policy.PolicyDocument),
    ].filter(Boolean);
    for (const statement of documents.flatMap((document): Statement[] => list(document.Statement))) {
      const wide = statement.Effect === 'Allow' && list(statement.Resource as unknown[]).includes('*');
      const wideAction = list(statement.Action).some((action) => action === '*' || action.endsWith(':*'));
      if (wideAction) {
        assert.equal(statement.Effect, 'Deny', where);
      }
      const ownMetrics = JSON.stringify({ StringEquals: { 'cloudwatch:namespace': 'ERC8004/prod' } });
      const isOwnMetrics =
        statement.Action === 'cloudwatch:PutMetricData' && JSON.stringify(statement.Condition) === ownMetrics;
      if (!wide || isOwnMetrics) {
        continue;
      }
      assert.ok(
        list(statement.Action).every((action) => action.startsWith('ec2:')),
        `${where}: ${statement.Action}`,
      );
      const denied = documents
        .flatMap((document): Statement[] => document.Statement)
        .find(({ Effect }) => Effect === 'Deny');
      assert.deepEqual(denied?.Action, statement.Action, where);
    }
  }
});

test('a function reaches over the network what its capabilities need, and nothing else', () => {
  for (const { name, kind, capabilities } of PROD.functions) {
    const part = PARTS[kind];
    const properties = byName(PROD, part, 'AWS::Lambda::Function', 'FunctionName').get(name)?.Properties;
    const groups = (properties.VpcConfig?.SecurityGroupIds ?? []).map((group: unknown) =>
      parameterOf(PROD, part, group),
    );
    const uses = (...names: Capability[]) => names.some((capability) => capabilities.includes(capability));
    const has = (group: string) => groups.includes(`network/security-group/${group}`);
    assert.equal(has('database-client'), uses('database-read', 'database-write', 'schema', 'api-keys'), name);
    assert.equal(has('cache-client'), uses('cache', 'api-keys'), name);
    assert.equal(has('http-client'), uses('open-web'), name);
    const subnets = JSON.stringify(properties.VpcConfig?.SubnetIds ?? []);
    assert.equal(subnets.includes('egress'), uses('chain-rpc', 'open-web'), `${name} and the internet`);
  }
});
