import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ENVIRONMENTS, environment } from '../lib/environments.ts';
import { release } from '../lib/release.ts';
import { SIZED } from '../lib/sizes.ts';
import { EDGE, made } from './environments.ts';
import { all, ofType } from './synth.ts';

/** CloudFormation takes 500 resources a stack; what grows with the functions must not come near. */
const RESOURCES_MAX = 400;

for (const name of Object.keys(ENVIRONMENTS)) {
  test(`${name} is synthesized without looking anything up`, () => {
    assert.deepEqual(made(name).missing, []);
  });

  test(`no stack of ${name} imports what another exports, or is near the limit of resources`, () => {
    for (const [part, template] of Object.entries(made(name).templates)) {
      assert.ok(!JSON.stringify(template).includes('Fn::ImportValue'), part);
      const count = Object.keys(template.Resources).length;
      assert.ok(count <= RESOURCES_MAX, `${part} has ${count} resources`);
    }
  });

  test(`every parameter that a stack of ${name} reads is written by one before it`, () => {
    const written = new Set<string>();
    for (const [part, template] of Object.entries(made(name).templates)) {
      for (const { Default } of Object.values(template.Parameters ?? {})) {
        assert.ok(!Default?.startsWith('/erc8004/') || written.has(Default), `${part} reads ${Default}`);
      }
      for (const parameter of ofType(template, 'AWS::SSM::Parameter')) {
        written.add(parameter.Properties.Name);
      }
    }
  });
}

test('what holds data in prod outlives its stack', () => {
  const types = ['AWS::DynamoDB::GlobalTable', 'AWS::KMS::Key', 'AWS::Logs::LogGroup', 'AWS::SecretsManager::Secret'];
  const stores = all(made('prod')).filter(({ resource }) => types.includes(resource.Type));
  assert.ok(stores.length > types.length);
  for (const { where, resource } of stores) {
    assert.equal(resource.DeletionPolicy, 'Retain', where);
  }
  const [cluster] = ofType(made('prod').templates['data'], 'AWS::RDS::DBCluster');
  assert.equal(cluster?.DeletionPolicy, 'Snapshot');
  assert.equal(cluster?.Properties.DeletionProtection, true);
  const [table] = ofType(made('prod').templates['data'], 'AWS::DynamoDB::GlobalTable');
  const [replica] = table?.Properties.Replicas;
  assert.equal(replica.DeletionProtectionEnabled, true);
});

test('a version that answers with 5xx is taken back, as one whose invocations fail', () => {
  const template = made('prod').templates['api'];
  assert.ok(template);
  const groups = ofType(template, 'AWS::CodeDeploy::DeploymentGroup');
  const endpoints = made('prod').functions.flatMap((one) => (one.kind === 'http' ? [one] : []));
  assert.equal(groups.length, endpoints.length);
  const routes = groups.map(({ Properties: { AlarmConfiguration } }) => {
    const [failing, refusing] = AlarmConfiguration.Alarms.map(
      (alarm: any) => template.Resources[alarm.Name.Ref]?.Properties,
    );
    assert.deepEqual([failing.Namespace, failing.MetricName], ['AWS/Lambda', 'Errors']);
    assert.deepEqual([refusing.Namespace, refusing.MetricName], ['ERC8004/prod', 'erc8004_api_server_error_ratio']);
    return refusing.Dimensions.map(({ Value }: { Value: string }) => Value).join(' ');
  });
  assert.deepEqual(routes.sort(), endpoints.map(({ method, path }) => `${method} ${path}`).sort());
});

test('a release is called by the last commit of the code, and by nothing where there is none', () => {
  assert.match(release() ?? '0123456789ab', /^[0-9a-f]{12}$/);
  assert.equal(release(mkdtempSync(join(tmpdir(), 'release-'))), undefined);
});

test('an environment that contradicts itself is refused', () => {
  assert.throws(() => environment('moon'), /only dev, staging, prod/);
  assert.throws(() => environment('dev', EDGE.edge ? { edge: EDGE.edge } : {}), /api\.domain/);
  assert.throws(() => environment('dev', { availabilityZones: ['us-east-1a'] }), /two/);
});

test('the table of sizes names functions that exist', () => {
  const names = made('dev').functions.map(({ name }) => name);
  assert.deepEqual(
    SIZED.filter((name) => !names.includes(name)),
    [],
  );
});
