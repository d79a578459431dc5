import assert from 'node:assert/strict';
import { test } from 'node:test';
import { made } from './environments.ts';
import { all, ofType } from './synth.ts';

const EDGE = made('edge');
const [DATA, NETWORK, API] = [EDGE.templates['data'], EDGE.templates['network'], EDGE.templates['api']];

test('everything that is kept is encrypted with the key of the environment', () => {
  const where: Readonly<Record<string, (properties: any) => unknown>> = {
    'AWS::Logs::LogGroup': (log) => log.KmsKeyId,
    'AWS::SecretsManager::Secret': (secret) => secret.KmsKeyId,
    'AWS::DynamoDB::GlobalTable': (table) => table.Replicas[0].SSESpecification.KMSMasterKeyId,
    'AWS::RDS::DBCluster': (cluster) => cluster.StorageEncrypted && cluster.KmsKeyId,
    'AWS::ElastiCache::ServerlessCache': (cache) => cache.KmsKeyId,
    'AWS::SQS::Queue': (queue) => queue.KmsMasterKeyId,
    'AWS::SNS::Topic': (topic) => topic.KmsMasterKeyId,
    'AWS::Scheduler::Schedule': (schedule) => schedule.KmsKeyArn,
  };
  const seen = new Set<string>();
  for (const { where: at, resource } of all(EDGE)) {
    const key = where[resource.Type];
    // The log of WAF lies in another region than the key, and holds what the access log holds.
    if (key && !at.startsWith('edge/')) {
      assert.ok(key(resource.Properties), at);
      seen.add(resource.Type);
    }
  }
  assert.deepEqual([...seen].sort(), Object.keys(where).sort());
});

test('the database is reached over TLS that is verified, and is nowhere public', () => {
  const [proxy] = ofType(DATA, 'AWS::RDS::DBProxy');
  assert.equal(proxy?.Properties.RequireTLS, true);
  const urls = ofType(DATA, 'AWS::SSM::Parameter').filter(
    ({ Properties }) => Properties.Name.includes('/database/') && Properties.Name.endsWith('-url'),
  );
  assert.equal(urls.length, 2);
  for (const { Properties } of urls) {
    assert.match(JSON.stringify(Properties.Value), /sslmode=verify-full/);
  }
  const [parameters] = ofType(DATA, 'AWS::RDS::DBClusterParameterGroup');
  assert.equal(parameters?.Properties.Parameters['rds.force_ssl'], '1');
  for (const { Properties } of ofType(DATA, 'AWS::RDS::DBInstance')) {
    assert.equal(Properties.PubliclyAccessible, false);
  }
});

test('the cache is reached over TLS, and as the cluster that it is', () => {
  const parameter = (name: string) =>
    ofType(DATA, 'AWS::SSM::Parameter').find(({ Properties }) => Properties.Name.endsWith(name))?.Properties.Value;
  assert.match(JSON.stringify(parameter('/cache/url')), /rediss:/);
  assert.equal(parameter('/cache/is-cluster'), 'on');
});

test('the database has a writer and a reader in several zones, and backups', () => {
  assert.equal(ofType(DATA, 'AWS::RDS::DBInstance').length, 2);
  const [cluster] = ofType(DATA, 'AWS::RDS::DBCluster');
  assert.equal(cluster?.Properties.BackupRetentionPeriod, 35);
  assert.deepEqual(cluster?.Properties.ServerlessV2ScalingConfiguration, { MinCapacity: 1, MaxCapacity: 64 });
  const [subnets] = ofType(DATA, 'AWS::RDS::DBSubnetGroup');
  assert.equal(subnets?.Properties.SubnetIds.length, 3);
});

test('the table of buckets is on demand, forgets what is full again, and can be restored', () => {
  const [table] = ofType(DATA, 'AWS::DynamoDB::GlobalTable');
  assert.equal(table?.Properties.BillingMode, 'PAY_PER_REQUEST');
  assert.deepEqual(table?.Properties.TimeToLiveSpecification, { AttributeName: 'expiresAt', Enabled: true });
  assert.equal(table?.Properties.Replicas[0].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, true);
});

test('secrets that a database role has are changed every 30 days', () => {
  const schedules = ofType(DATA, 'AWS::SecretsManager::RotationSchedule');
  assert.equal(schedules.length, 3);
  for (const { Properties } of schedules) {
    assert.equal(
      Properties.RotationRules.ScheduleExpression ?? Properties.RotationRules.AutomaticallyAfterDays,
      'rate(30 days)',
    );
  }
});

test('stores let in their clients alone, and private subnets have no way out', () => {
  for (const { Properties } of ofType(NETWORK, 'AWS::EC2::SecurityGroupIngress')) {
    assert.ok(Properties.SourceSecurityGroupId, JSON.stringify(Properties));
  }
  const nats = ofType(NETWORK, 'AWS::EC2::NatGateway');
  assert.equal(nats.length, 3);
  const routes = Object.entries(NETWORK?.Resources ?? {}).filter(
    ([id, { Type }]) => Type === 'AWS::EC2::Route' && id.includes('private'),
  );
  assert.deepEqual(routes, []);
});

test('behind an edge the API has no other way in, and knows the viewer by what CloudFront proves', () => {
  const [api] = ofType(API, 'AWS::ApiGatewayV2::Api');
  assert.equal(api?.Properties.DisableExecuteApiEndpoint, true);
  for (const { Properties } of ofType(API, 'AWS::Lambda::Function')) {
    const { VIEWER_ADDRESS_HEADER, ORIGIN_SECRET_SECRET_ID, PUBLIC_URL } = Properties.Environment.Variables;
    assert.equal(VIEWER_ADDRESS_HEADER, 'cloudfront-viewer-address');
    assert.ok(ORIGIN_SECRET_SECRET_ID);
    assert.equal(PUBLIC_URL, 'https://api.example.com');
  }
  const [distribution] = ofType(EDGE.templates['edge'], 'AWS::CloudFront::Distribution');
  const { Origins, WebACLId } = distribution?.Properties.DistributionConfig;
  assert.ok(WebACLId);
  assert.equal(Origins[0].DomainName, 'origin.example.com');
  assert.equal(Origins[0].OriginCustomHeaders[0].HeaderName, 'x-origin-secret');
});

test('without an edge no function trusts a header', () => {
  for (const { Properties } of ofType(made('prod').templates['api'], 'AWS::Lambda::Function')) {
    assert.equal(Properties.Environment.Variables.VIEWER_ADDRESS_HEADER, undefined);
  }
});

test('alarms reach the topic, and the topic whoever is named', () => {
  const observability = EDGE.templates['observability'];
  const alarms = ofType(observability, 'AWS::CloudWatch::Alarm');
  assert.ok(alarms.length > 0);
  for (const { Properties } of alarms) {
    assert.equal(observability?.Resources[Properties.AlarmActions[0].Ref]?.Type, 'AWS::SNS::Topic');
    assert.ok(Properties.AlarmDescription.length > 20, 'nobody would know what to do');
  }
  const [subscription] = ofType(observability, 'AWS::SNS::Subscription');
  assert.equal(subscription?.Properties.Protocol, 'https');
});
