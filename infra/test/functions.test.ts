import assert from 'node:assert/strict';
import { test } from 'node:test';
import { made } from './environments.ts';
import { byName, ofType, type Resource, type Synthesized } from './synth.ts';

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
    ['dev', 'arm64'],
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
