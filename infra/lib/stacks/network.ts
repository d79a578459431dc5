/** The network, and the key that everything at rest is encrypted with. */

import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Environment } from '../environments.ts';
import { ProjectStack, except } from '../stack.ts';

const POSTGRES = ec2.Port.tcp(5432);
/** ElastiCache Serverless: 6379 for the writer, 6380 for reads. */
const CACHE = ec2.Port.tcpRange(6379, 6380);
const HTTPS = ec2.Port.tcp(443);
const HTTP = ec2.Port.tcp(80);

type Group = 'database' | 'database-client' | 'cache' | 'cache-client' | 'https-client' | 'http-client';

export class NetworkStack extends ProjectStack {
  private readonly vpc: ec2.Vpc;

  constructor(scope: Construct, environment: Environment) {
    super(scope, environment, 'network');
    const key = this.makeKey();
    this.vpc = this.makeVpc(key);
    this.parameters.write('network/vpc-id', this.vpc.vpcId);
    this.parameters.write('network/key-arn', key.keyArn);
    const ids = (subnets: ec2.ISubnet[]) => subnets.map((subnet) => subnet.subnetId);
    this.parameters.writeList('network/subnets/private', ids(this.vpc.isolatedSubnets));
    this.parameters.writeList('network/subnets/egress', ids(this.vpc.privateSubnets));
    const https = this.group('https-client', 'Asks AWS, and where its subnet has a way out, chains and the web');
    https.addEgressRule(ec2.Peer.anyIpv4(), HTTPS, 'Endpoints have no fixed addresses');
    const http = this.group('http-client', 'Asks the web where it has no TLS');
    http.addEgressRule(ec2.Peer.anyIpv4(), HTTP, 'Anyone may name a server');
    this.store('database', POSTGRES);
    this.store('cache', CACHE);
    this.endpoints(https);
  }

  private makeKey(): Key {
    const key = new Key(this, 'Key', {
      alias: `alias/${this.named('data')}`,
      description: 'Encrypts what the environment stores',
      enableKeyRotation: true,
      removalPolicy: this.target.isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const actions = ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'];
    const logs = `arn:${this.partition}:logs:${this.region}:${this.account}:log-group:*`;
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        actions,
        resources: ['*'], // of a key policy: this key
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': logs } },
      }),
    );
    // Those two put messages into topics and queues of the environment.
    for (const service of ['cloudwatch', 'scheduler']) {
      key.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
          actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey*'],
          resources: ['*'],
          conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
        }),
      );
    }
    return key;
  }

  private makeVpc(key: Key): ec2.Vpc {
    const { network, availabilityZones, isKept, logDays } = this.target;
    const vpc = new ec2.Vpc(this, 'Vpc', {
      vpcName: this.named('vpc'),
      ipAddresses: ec2.IpAddresses.cidr(network.cidr),
      availabilityZones: [...availabilityZones],
      natGateways: network.natGateways,
      subnetConfiguration: [
        { name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: 'egress', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: 'private', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
      ],
    });
    const logGroup = new LogGroup(this, 'FlowLog', {
      logGroupName: `/aws/vpc/${this.named('flow')}`,
      retention: logDays,
      encryptionKey: key,
      removalPolicy: isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    vpc.addFlowLog('Flow', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
    return vpc;
  }

  private group(name: Group, description: string) {
    const group = new ec2.SecurityGroup(this, `SecurityGroup-${name}`, {
      vpc: this.vpc,
      securityGroupName: this.named(name),
      description,
      allowAllOutbound: false,
    });
    this.parameters.write(`network/security-group/${name}`, group.securityGroupId);
    return group;
  }

  /** A store and its clients: they reach it at its port, and nobody else does. */
  private store(name: 'database' | 'cache', port: ec2.Port): void {
    const server = this.group(name, `The ${name}`);
    const client = this.group(`${name}-client`, `Whoever may ask the ${name}`);
    server.addIngressRule(client, port, 'Its clients');
    client.addEgressRule(server, port, `The ${name}`);
    if (name === 'database') {
      // The proxy and the cluster behind it share the group.
      server.addIngressRule(server, port, 'The proxy');
      server.addEgressRule(server, port, 'The cluster');
      server.addEgressRule(ec2.Peer.anyIpv4(), HTTPS, 'Rotation asks Secrets Manager');
    }
  }

  /** AWS without the internet: what a function in a private subnet can reach beside the stores. */
  private endpoints(clients: ec2.SecurityGroup): void {
    const subnets = [
      { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    ];
    const { DYNAMODB, S3 } = ec2.GatewayVpcEndpointAwsService;
    this.vpc.addGatewayEndpoint('DynamoDb', { service: DYNAMODB, subnets });
    this.vpc.addGatewayEndpoint('S3', { service: S3, subnets });
    const group = new ec2.SecurityGroup(this, 'SecurityGroup-endpoints', {
      vpc: this.vpc,
      description: 'Endpoints of AWS services',
      allowAllOutbound: false,
    });
    group.addIngressRule(ec2.Peer.ipv4(this.target.network.cidr), HTTPS, 'Anybody in the VPC');
    clients.addEgressRule(group, HTTPS, 'Endpoints of AWS services');
    const { SECRETS_MANAGER, CLOUDWATCH_LOGS, CLOUDWATCH_MONITORING } = ec2.InterfaceVpcEndpointAwsService;
    const services = { SecretsManager: SECRETS_MANAGER, Logs: CLOUDWATCH_LOGS, Monitoring: CLOUDWATCH_MONITORING };
    for (const [name, service] of Object.entries(services)) {
      this.vpc.addInterfaceEndpoint(name, {
        service,
        securityGroups: [group],
        subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        open: false,
      });
    }
    except(group, 'AwsSolutions-EC23', 'Open to the VPC alone.');
  }
}
