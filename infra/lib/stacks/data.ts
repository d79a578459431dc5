/** What is kept: the database, the cache, the buckets of the rate limiter, and the secrets to reach them. */

import { Duration, Fn, RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCache, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import * as rds from 'aws-cdk-lib/aws-rds';
import { HostedRotation, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { Environment } from '../environments.ts';
import { PROJECT, ProjectStack, except } from '../stack.ts';
import { EDGE_REGION, originSecretName } from './edge.ts';

/** Nothing that a newer version brought may be used in migrations. */
export const AURORA = rds.AuroraPostgresEngineVersion.VER_17_9;
const ROTATION = Duration.days(30);
/** What a URL and a shell take as it is. */
const NOT_IN_PASSWORDS = ' %+~`#$&*()|[]{}:;<>?!\'/@"\\^=,';
/** Who asks the database, and by which URL. */
const ROLES = ['owner', 'writer', 'reader'] as const;
type Role = (typeof ROLES)[number];

export class DataStack extends ProjectStack {
  private readonly vpc: ec2.IVpc;
  private readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, environment: Environment) {
    super(scope, environment, 'data');
    this.removalPolicy = environment.isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: this.parameters.read('network/vpc-id'),
      availabilityZones: [...environment.availabilityZones],
      isolatedSubnetIds: this.parameters.readList('network/subnets/private'),
    });
    this.database();
    this.cache();
    this.buckets();
    this.chains();
    if (environment.edge) {
      this.origin();
    }
    if (environment.metrics?.hasToken) {
      this.metrics();
    }
  }

  private database(): void {
    const { capacity, readers, backupDays } = this.target.database;
    const securityGroups = [this.group('database')];
    const secrets = this.databaseSecrets();
    const instance = {
      publiclyAccessible: false,
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: this.key,
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
    };
    const cluster = new rds.DatabaseCluster(this, 'Database', {
      clusterIdentifier: this.named('database'),
      engine: rds.DatabaseClusterEngine.auroraPostgres({ version: AURORA }),
      credentials: rds.Credentials.fromSecret(secrets.owner),
      defaultDatabaseName: PROJECT,
      writer: rds.ClusterInstance.serverlessV2('Writer', instance),
      readers: Array.from({ length: readers }, (_, number) =>
        rds.ClusterInstance.serverlessV2(`Reader${number + 1}`, { ...instance, scaleWithWriter: true }),
      ),
      serverlessV2MinCapacity: capacity.min,
      serverlessV2MaxCapacity: capacity.max,
      vpc: this.vpc,
      vpcSubnets: { subnets: this.vpc.isolatedSubnets },
      securityGroups,
      storageEncryptionKey: this.key,
      backup: { retention: Duration.days(backupDays), preferredWindow: '03:00-04:00' },
      preferredMaintenanceWindow: 'Sun:04:30-Sun:05:30',
      copyTagsToSnapshot: true,
      deletionProtection: this.target.isKept,
      removalPolicy: this.target.isKept ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
      iamAuthentication: true,
      cloudwatchLogsExports: ['postgresql'],
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: this.key,
      monitoringInterval: Duration.minutes(1),
      autoMinorVersionUpgrade: true,
      parameters: {
        'rds.force_ssl': '1',
        // What waits longer than any request keeps others from working.
        idle_in_transaction_session_timeout: '60000',
        log_min_duration_statement: '1000',
        shared_preload_libraries: 'pg_stat_statements',
      },
    });
    const proxy = new rds.DatabaseProxy(this, 'Proxy', {
      dbProxyName: this.named('database'),
      proxyTarget: rds.ProxyTarget.fromCluster(cluster),
      secrets: ROLES.map((role) => secrets[role]),
      vpc: this.vpc,
      vpcSubnets: { subnets: this.vpc.isolatedSubnets },
      securityGroups,
      requireTLS: true,
      clientPasswordAuthType: rds.ClientPasswordAuthType.POSTGRES_SCRAM_SHA_256,
      borrowTimeout: Duration.seconds(5),
      idleClientTimeout: Duration.minutes(15),
      maxConnectionsPercent: 90,
    });
    this.parameters.write('data/database/writer-url', databaseUrl(proxy.endpoint));
    this.parameters.write('data/database/reader-url', databaseUrl(this.readerEndpoint(proxy, securityGroups)));
    for (const role of ROLES) {
      this.parameters.write(`data/database/${role}-secret-arn`, secrets[role].secretArn);
      // The cluster has attached its owner's itself.
      const attached = role === 'owner' ? cluster.secret : secrets[role].attach(cluster);
      attached?.addRotationSchedule('Rotation', {
        automaticallyAfter: ROTATION,
        rotateImmediatelyOnUpdate: false, // the roles are made by the first migration
        hostedRotation: HostedRotation.postgreSqlSingleUser({
          functionName: this.named(`rotate-${role}`),
          vpc: this.vpc,
          vpcSubnets: { subnets: this.vpc.isolatedSubnets },
          securityGroups,
          excludeCharacters: NOT_IN_PASSWORDS,
        }),
      });
    }
    const monitoring = 'arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole';
    except(cluster, `AwsSolutions-IAM4[Policy::${monitoring}]`, 'What AWS documents for the monitoring of instances.');
    except(cluster, 'AwsSolutions-RDS11', 'The port is no secret; the security group decides who reaches it.');
    if (!this.target.isKept) {
      except(cluster, 'AwsSolutions-RDS10', 'A development database may be deleted with its stack.');
    }
  }

  /** Reads go to a replica where there is one, and to the writer else. */
  private readerEndpoint(proxy: rds.DatabaseProxy, groups: ec2.ISecurityGroup[]): string {
    if (this.target.database.readers === 0) {
      return proxy.endpoint;
    }
    const endpoint = new rds.CfnDBProxyEndpoint(this, 'ReaderEndpoint', {
      dbProxyName: proxy.dbProxyName,
      dbProxyEndpointName: this.named('database-reader'),
      vpcSubnetIds: this.vpc.isolatedSubnets.map((subnet) => subnet.subnetId),
      vpcSecurityGroupIds: groups.map((group) => group.securityGroupId),
      targetRole: 'READ_ONLY',
    });
    return endpoint.attrEndpoint;
  }

  private databaseSecrets(): Record<Role, Secret> {
    const secret = (role: Role) =>
      new Secret(this, `Secret-${role}`, {
        secretName: `${PROJECT}/${this.target.name}/database/${role}`,
        description: `The ${role} of the database`,
        encryptionKey: this.key,
        removalPolicy: this.removalPolicy,
        generateSecretString: {
          secretStringTemplate: JSON.stringify({ username: `${PROJECT}_${role}`, engine: 'postgres', dbname: PROJECT }),
          generateStringKey: 'password',
          passwordLength: 40,
          excludeCharacters: NOT_IN_PASSWORDS,
        },
      });
    return { owner: secret('owner'), writer: secret('writer'), reader: secret('reader') };
  }

  private cache(): void {
    const { storageGbMax, ecpuPerSecondMax, snapshots } = this.target.cache;
    const username = `${PROJECT}-${this.target.name}`;
    const secret = new Secret(this, 'Secret-cache', {
      secretName: `${PROJECT}/${this.target.name}/cache`,
      description: 'The user of the cache',
      encryptionKey: this.key,
      removalPolicy: this.removalPolicy,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username }),
        generateStringKey: 'password',
        passwordLength: 40,
        excludeCharacters: NOT_IN_PASSWORDS,
      },
    });
    except(secret, 'AwsSolutions-SMG4', 'Two passwords are valid at once; docs/DEPLOYMENT.md says how to change them.');
    const password = SecretValue.secretsManager(secret.secretArn, { jsonField: 'password' });
    const user = new CfnUser(this, 'CacheUser', {
      engine: 'valkey',
      userId: username,
      userName: username,
      // Keys of our own, and nothing that looks at or ends the whole cache.
      accessString:
        'on ~* -@all +@read +@write +@connection +@transaction -@dangerous +cluster|slots +cluster|shards +cluster|nodes',
      authenticationMode: { Type: 'password', Passwords: [password.unsafeUnwrap()] },
    });
    const users = new CfnUserGroup(this, 'CacheUsers', {
      engine: 'valkey',
      userGroupId: username,
      userIds: [user.ref],
    });
    const cache = new CfnServerlessCache(this, 'Cache', {
      serverlessCacheName: this.named('cache'),
      engine: 'valkey',
      majorEngineVersion: '8',
      kmsKeyId: this.key.keyArn,
      securityGroupIds: [this.group('cache').securityGroupId],
      subnetIds: this.vpc.isolatedSubnets.map((subnet) => subnet.subnetId),
      userGroupId: users.ref,
      cacheUsageLimits: {
        dataStorage: { maximum: storageGbMax, unit: 'GB' },
        ecpuPerSecond: { maximum: ecpuPerSecondMax },
      },
      snapshotRetentionLimit: snapshots,
    });
    cache.addResourceDependency(users);
    const url = Fn.join('', ['rediss://', cache.attrEndpointAddress, ':', cache.attrEndpointPort]);
    this.parameters.write('data/cache/url', url);
    // Serverless caches know no other mode.
    this.parameters.write('data/cache/is-cluster', 'on');
    this.parameters.write('data/cache/secret-arn', secret.secretArn);
  }

  /** The buckets of the rate limiter: `pk` is the caller and class, `expiresAt` when a full bucket may go. */
  private buckets(): void {
    const table = new TableV2(this, 'RateLimits', {
      tableName: this.named('rate-limits'),
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryptionV2.customerManagedKey(this.key),
      deletionProtection: this.target.isKept,
      removalPolicy: this.removalPolicy,
    });
    this.parameters.write('data/rate-limit/table-name', table.tableName);
    this.parameters.write('data/rate-limit/table-arn', table.tableArn);
  }

  /** `{"8453": ["https://…"]}`: URLs of chain endpoints hold keys. Filled in by hand, after the stack is made. */
  private chains(): void {
    const secret = new Secret(this, 'Secret-chain-rpc', {
      secretName: `${PROJECT}/${this.target.name}/chain-rpc`,
      description: 'Endpoints of chains by chain id: {"8453": ["https://..."]}',
      encryptionKey: this.key,
      removalPolicy: this.removalPolicy,
      secretStringValue: SecretValue.unsafePlainText('{}'),
    });
    except(secret, 'AwsSolutions-SMG4', 'Keys of others: they are changed where they were given out.');
    this.parameters.write('data/chain-rpc/secret-arn', secret.secretArn);
  }

  /** What CloudFront proves itself with; a copy lies where its stack is deployed. */
  private origin(): void {
    const secret = new Secret(this, 'Secret-origin', {
      secretName: originSecretName(this.target),
      description: 'What CloudFront sends to the API to be known by',
      encryptionKey: this.key,
      removalPolicy: this.removalPolicy,
      ...(this.target.region !== EDGE_REGION && { replicaRegions: [{ region: EDGE_REGION }] }),
      generateSecretString: { passwordLength: 40, excludePunctuation: true },
    });
    except(secret, 'AwsSolutions-SMG4', 'Both ends change at once, in a deployment: docs/DEPLOYMENT.md.');
    this.parameters.write('data/origin/secret-arn', secret.secretArn);
  }

  /** What a scraper of `/metrics` sends as its bearer token. */
  private metrics(): void {
    const secret = new Secret(this, 'Secret-metrics', {
      secretName: `${PROJECT}/${this.target.name}/metrics`,
      description: 'The token of whoever scrapes /metrics',
      encryptionKey: this.key,
      removalPolicy: this.removalPolicy,
      generateSecretString: { passwordLength: 40, excludePunctuation: true },
    });
    except(secret, 'AwsSolutions-SMG4', 'The scraper has a copy: whoever runs it changes both, docs/DEPLOYMENT.md.');
    this.parameters.write('data/metrics/secret-arn', secret.secretArn);
  }

  private group(name: 'database' | 'cache'): ec2.ISecurityGroup {
    const id = this.parameters.read(`network/security-group/${name}`);
    return ec2.SecurityGroup.fromSecurityGroupId(this, `SecurityGroup-${name}`, id, { mutable: false });
  }
}

/** Without credentials: those are read from the secret. The certificate is one of Amazon's public roots. */
function databaseUrl(host: string): string {
  return Fn.join('', ['postgres://', host, `:5432/${PROJECT}?sslmode=verify-full`]);
}
