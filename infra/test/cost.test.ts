/** What the cost of prod is computed from is what its templates have, and the rest says what it is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import { made } from './environments.ts';
import { byName, ofType } from './synth.ts';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../cost/${name}`, import.meta.url), 'utf8'));
const WORKLOAD = read('workload.json');
const PROD = made('prod');

const count = (type: string, is: (properties: any) => boolean = () => true) =>
  Object.values(PROD.templates).flatMap((template) => ofType(template, type).filter((one) => is(one.Properties))).length;

test('the environment whose cost is computed is prod', () => {
  const [cluster] = ofType(PROD.templates['data'], 'AWS::RDS::DBCluster');
  const counted = {
    availabilityZones: PROD.environment.availabilityZones.length,
    natGateways: count('AWS::EC2::NatGateway'),
    interfaceEndpoints: count('AWS::EC2::VPCEndpoint', ({ VpcEndpointType }) => VpcEndpointType === 'Interface'),
    databaseInstances: count('AWS::RDS::DBInstance'),
    acuMin: cluster?.Properties.ServerlessV2ScalingConfiguration.MinCapacity,
    secrets: count('AWS::SecretsManager::Secret'),
    dashboards: count('AWS::CloudWatch::Dashboard'),
  };
  const stated = Object.fromEntries(Object.keys(counted).map((name) => [name, WORKLOAD.environment[name]]));
  assert.deepEqual(stated, counted);
  // Each endpoint brings alarms of its own, for ten cents each: near enough is enough.
  const alarms = count('AWS::CloudWatch::Alarm');
  assert.ok(Math.abs(WORKLOAD.environment.alarms - alarms) < alarms / 5, `prod has ${alarms} alarms`);
});

test('memory is that of the functions', () => {
  const memory = (part: string, name: string) =>
    byName(PROD, part, 'AWS::Lambda::Function', 'FunctionName').get(name)?.Properties.MemorySize;
  assert.equal(WORKLOAD.requests.memoryMb, memory('api', 'get-agent'));
  for (const { name, memoryMb } of WORKLOAD.schedules) {
    assert.equal(memoryMb, memory('schedules', name), name);
  }
});

test('each number that no template has says whether it was measured or is assumed, and prices say of when they are', () => {
  const others = { ...WORKLOAD.requests, ...WORKLOAD.environment };
  const inTemplates = ['availabilityZones', 'natGateways', 'interfaceEndpoints', 'databaseInstances', 'acuMin'];
  const known = [...inTemplates, 'secrets', 'alarms', 'dashboards', 'memoryMb'];
  const stated = Object.keys(others).filter((name) => !known.includes(name));
  assert.deepEqual(Object.keys(WORKLOAD.basis).sort(), [...stated, 'schedules'].sort());
  for (const [name, basis] of Object.entries(WORKLOAD.basis)) {
    assert.match(String(basis), /^(measured|assumed): ./, name);
  }
  assert.match(read('prices.json').asOf, /^\d{4}-\d{2}-\d{2}$/);
});
