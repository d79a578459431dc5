import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '../lib/functions.ts';
import { SIGN_IN } from '../lib/settings.ts';
import { made } from './environments.ts';
import { byName, ofType, parameterOf, type Resource, type Synthesized } from './synth.ts';

const PARTS = { http: 'api', schedule: 'schedules', task: 'schema' } as const;

/** Every function with its declaration. */
function functions(synthesized: Synthesized) {
  return synthesized.functions.map((declaration) => {
    const found = byName(synthesized, PARTS[declaration.kind], 'AWS::Lambda::Function', 'FunctionName').get(
      declaration.name,
    );
    assert.ok(found, `${declaration.name} is in no stack`);
    return { declaration, properties: found.Properties };
  });
}

test('every function that declares itself is deployed, and no other', () => {
  const deployed = Object.values(made('prod').templates).flatMap((template) =>
    ofType(template, 'AWS::Lambda::Function'),
  );
  const ours = deployed.filter(({ Properties }) => Properties.Runtime === 'provided.al2023');
  assert.equal(ours.length, functions(made('prod')).length);
  assert.equal(ours.length, deployed.length, 'code that is not ours');
});

test('one value decides for which processor functions are built and run', () => {
  for (const [name, architecture] of [
    ['prod', 'arm64'],
    ['x86_64', 'x86_64'],
  ] as const) {
    for (const { properties } of functions(made(name))) {
      assert.deepEqual(properties.Architectures, [architecture]);
    }
  }
});

test('every endpoint has its route, and callers reach the live alias of its function', () => {
  const { templates, functions: declared } = made('prod');
  const routes = ofType(templates['api'], 'AWS::ApiGatewayV2::Route')
    .map(({ Properties }) => Properties.RouteKey)
    .sort();
  const wanted = declared.flatMap((one) =>
    one.kind === 'http' ? [one.path === '$default' ? one.path : `${one.method} ${one.path}`] : [],
  );
  assert.deepEqual(routes, wanted.sort());
  for (const { Properties } of ofType(templates['api'], 'AWS::ApiGatewayV2::Integration')) {
    assert.equal(Properties.PayloadFormatVersion, '2.0');
    assert.equal(templates['api']?.Resources[Properties.IntegrationUri.Ref]?.Type, 'AWS::Lambda::Alias');
  }
  for (const { Properties } of ofType(templates['api'], 'AWS::Lambda::Permission')) {
    assert.equal(templates['api']?.Resources[Properties.FunctionName.Ref]?.Type, 'AWS::Lambda::Alias');
    assert.ok(Properties.SourceArn, 'another API could call it');
  }
});

test('every scheduled function has its rate, is tried again, and leaves what failed in the queue', () => {
  const schedules = byName(made('prod'), 'schedules', 'AWS::Scheduler::Schedule', 'Name');
  const declared = made('prod').functions.filter((one) => one.kind === 'schedule');
  assert.deepEqual([...schedules.keys()].sort(), declared.map(({ name }) => name).sort());
  for (const declaration of declared) {
    const { ScheduleExpression, Target } = (schedules.get(declaration.name) as Resource).Properties;
    assert.equal(ScheduleExpression, declaration.rate);
    assert.ok(Target.RetryPolicy.MaximumRetryAttempts > 0);
    assert.ok(Target.DeadLetterConfig.Arn);
    const event = JSON.parse(Target.Input);
    assert.deepEqual(Object.keys(event).sort(), [
      'detail',
      'detail-type',
      'id',
      'resources',
      'source',
      'time',
      'version',
    ]);
  }
});

test('new versions take over step by step where the environment says so, and go back when they fail', () => {
  const groups = ofType(made('prod').templates['api'], 'AWS::CodeDeploy::DeploymentGroup');
  const endpoints = made('prod').functions.filter(({ kind }) => kind === 'http');
  assert.equal(groups.length, endpoints.length);
  for (const { Properties } of groups) {
    assert.match(JSON.stringify(Properties.DeploymentConfigName), /Linear10PercentEvery1Minute/);
    assert.ok(Properties.AutoRollbackConfiguration.Events.includes('DEPLOYMENT_STOP_ON_ALARM'));
  }
  assert.deepEqual(ofType(made('dev').templates['api'], 'AWS::CodeDeploy::DeploymentGroup'), []);
});

test('the schema is migrated again whenever the function that does it is new', () => {
  const resources = made('prod').templates['schema']?.Resources ?? {};
  const [migrated] = Object.values(resources).filter(({ Type }) => Type === 'Custom::Migrated');
  assert.equal(resources[migrated?.Properties.ServiceToken.Ref]?.Type, 'AWS::Lambda::Alias');
  const [version] = migrated?.Properties.version['Fn::GetAtt'] ?? [];
  assert.equal(resources[version]?.Type, 'AWS::Lambda::Version');
});

test('a function gets the settings of its environment that it reads, and no other', () => {
  const wanted = (declaration: Declaration): Record<string, string> => ({
    SENTRY_DSN: 'https://public@sentry.example.com/1',
    LOG_DEBUG_ONE_IN: '100',
    RELEASE: 'reviewed',
    ...(declaration.capabilities.includes('open-web') && { IPFS_GATEWAYS: 'https://gateway.example.com/ipfs/' }),
    ...(declaration.capabilities.includes('rate-limit') && { RATE_LIMIT_QUOTAS: 'lookup=5000,search=1000' }),
    ...(SIGN_IN.includes(declaration.name) && { SIGN_IN_DOMAINS: 'app.example.com,api.example.com' }),
    ...(declaration.name === 'get-metrics' && { METRICS_NETWORKS: '203.0.113.0/24' }),
  });
  const all = Object.keys(wanted({ name: 'get-metrics', kind: 'task', capabilities: ['open-web', 'rate-limit'] }));
  const isSetting = (name: string) => [...all, 'SIGN_IN_DOMAINS'].includes(name);
  for (const { declaration, properties } of functions(made('edge'))) {
    const variables = Object.entries(properties.Environment.Variables).filter(([name]) => isSetting(name));
    assert.deepEqual(Object.fromEntries(variables), wanted(declaration), declaration.name);
  }
  for (const { declaration, properties } of functions(made('prod'))) {
    const names = Object.keys(properties.Environment.Variables).filter(isSetting);
    assert.deepEqual(names, ['RELEASE'], `${declaration.name}, where nothing is set`);
  }
  const names = made('edge').functions.map(({ name }) => name);
  assert.deepEqual(
    SIGN_IN.filter((name) => !names.includes(name)),
    [],
  );
});

test('the token of the metrics is read by their function alone, with its role', () => {
  const edge = made('edge');
  const secret = 'data/metrics/secret-arn';
  const readers = functions(edge).filter(({ properties }) => properties.Environment.Variables.METRICS_TOKEN_SECRET_ID);
  assert.deepEqual(
    readers.map(({ declaration }) => declaration.name),
    ['get-metrics'],
  );
  const [reader] = readers;
  assert.equal(parameterOf(edge, 'api', reader?.properties.Environment.Variables.METRICS_TOKEN_SECRET_ID), secret);
  const allowed = [...byName(edge, 'api', 'AWS::IAM::Role', 'RoleName')].filter(([, { Properties }]) =>
    Properties.Policies?.some((policy: any) =>
      policy.PolicyDocument.Statement.some(({ Action, Resource }: any) =>
        [Action].flat().includes('secretsmanager:GetSecretValue') &&
        [Resource].flat().some((one: unknown) => parameterOf(edge, 'api', one) === secret),
      ),
    ),
  );
  assert.deepEqual(
    allowed.map(([name]) => name),
    ['get-metrics'],
  );
});

test('where faults go to Sentry, every function of the VPC has a way out', () => {
  for (const { declaration, properties } of functions(made('edge'))) {
    const { SubnetIds, SecurityGroupIds } = properties.VpcConfig ?? {};
    assert.ok(!JSON.stringify(SubnetIds ?? []).includes('private'), declaration.name);
    const part = PARTS[declaration.kind];
    const groups = (SecurityGroupIds ?? []).map((group: unknown) => parameterOf(made('edge'), part, group));
    assert.ok(!SubnetIds || groups.includes('network/security-group/https-client'), declaration.name);
  }
});

test('no variable holds a secret, and each secret is named by where it lies', () => {
  for (const { declaration, properties } of functions(made('edge'))) {
    for (const [name, value] of Object.entries(properties.Environment.Variables)) {
      const text = JSON.stringify(value);
      assert.ok(
        !text.includes('resolve:secretsmanager') && !text.includes(':SecretString'),
        `${declaration.name} ${name}`,
      );
      if (/SECRET|PASSWORD|TOKEN|KEY/.test(name)) {
        assert.match(name, /_SECRET_ID$/, `${declaration.name} ${name}`);
      }
    }
  }
});
