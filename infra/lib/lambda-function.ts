/** One function in AWS: its role, its log, its code, and the alias that callers reach it by. */

import { ArnFormat, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { join } from 'node:path';
import { both, needOf, type Need, type Setting } from './capabilities.ts';
import type { Declaration } from './functions.ts';
import { settingsOf } from './settings.ts';
import { sizeOf } from './sizes.ts';
import { except, type ProjectStack } from './stack.ts';

/** The alias that has the traffic; versions move behind it. */
export const ALIAS = 'live';

const ENI_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:UnassignPrivateIpAddresses',
];

export interface LambdaFunctionProps {
  readonly declaration: Declaration;
  /** The folder of `<function>.zip`. */
  readonly zips: string;
  /** Makes a new version even where nothing in the template changed: a parameter's value may have. */
  readonly release?: string;
  /** What it needs beside its capabilities. */
  readonly more?: Need;
  /** Variables beside those of its capabilities. */
  readonly variables?: Readonly<Record<string, string>>;
}

export class LambdaFunction extends Construct {
  readonly alias: lambda.Alias;
  readonly function: lambda.Function;
  readonly role: Role;

  constructor(
    private readonly stack: ProjectStack,
    props: LambdaFunctionProps,
  ) {
    const { declaration } = props;
    super(stack, declaration.name);
    const { target: environment, parameters } = stack;
    const name = stack.named(declaration.name);
    const need = both(needOf(declaration.capabilities, props.more), settingsOf(declaration, environment));
    const size = sizeOf(declaration);
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${name}`,
      retention: environment.logDays,
      encryptionKey: stack.key,
      removalPolicy: environment.isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const puts = declaration.capabilities.includes('put-metrics');
    this.role = this.makeRole(name, logGroup, need, puts);
    const value = (setting: Setting) => (typeof setting === 'string' ? setting : parameters.read(setting.from));
    const settings = Object.entries(need.environment).map(([variable, setting]) => [variable, value(setting)]);
    this.function = new lambda.Function(this, 'Function', {
      functionName: name,
      description: `${declaration.kind}: ${declaration.capabilities.join(', ') || 'no capability'}`,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: environment.architecture === 'arm64' ? lambda.Architecture.ARM_64 : lambda.Architecture.X86_64,
      handler: 'bootstrap',
      code: lambda.Code.fromAsset(join(props.zips, `${declaration.name}.zip`)),
      memorySize: size.memoryMb,
      timeout: Duration.seconds(size.timeoutS),
      role: this.role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.TEXT, // our lines are JSON already
      environment: {
        ENVIRONMENT: environment.name,
        LOG_LEVEL: environment.logLevel,
        METRICS_NAMESPACE: `ERC8004/${environment.name}`,
        // Lambda publishes no version of what is the same.
        ...(props.release && { RELEASE: props.release }),
        ...Object.fromEntries(settings),
        ...props.variables,
        ...environment.endpoints,
      },
      ...(environment.api.reservedConcurrency?.[declaration.name] !== undefined && {
        reservedConcurrentExecutions: environment.api.reservedConcurrency[declaration.name],
      }),
    });
    if (need.subnets) {
      const { defaultChild } = this.function.node;
      (defaultChild as lambda.CfnFunction).vpcConfig = {
        // Who has no way out would wait for Sentry in vain at every fault, and its caller as well.
        subnetIds: parameters.readList(environment.settings?.sentryDsn ? 'network/subnets/egress' : need.subnets),
        securityGroupIds: need.securityGroups.map((group) => parameters.read(group)),
      };
    }
    this.alias = new lambda.Alias(this, 'Alias', { aliasName: ALIAS, version: this.function.currentVersion });
    except(this.function, 'AwsSolutions-L1', 'provided.al2023 is the newest runtime of its kind.');
  }

  private makeRole(name: string, logGroup: LogGroup, need: Need, putsMetrics: boolean): Role {
    const { parameters } = this.stack;
    const allow = (actions: readonly string[], resources: string[]) =>
      new PolicyStatement({ actions: [...actions], resources });
    const statements = [
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
      ...need.permissions.map(({ actions, on }) => allow(actions, [parameters.read(on)])),
    ];
    if (need.secrets.length > 0) {
      const secrets = need.secrets.map((secret) => parameters.read(secret));
      statements.push(allow(['secretsmanager:GetSecretValue'], secrets));
    }
    if (need.secrets.length > 0 || need.permissions.length > 0) {
      statements.push(allow(['kms:Decrypt'], [parameters.read('network/key-arn')]));
    }
    if (need.subnets) {
      statements.push(...this.networkInterfaces(name));
    }
    if (putsMetrics) {
      const own = { StringEquals: { 'cloudwatch:namespace': `ERC8004/${this.stack.target.name}` } };
      statements.push(new PolicyStatement({ actions: ['cloudwatch:PutMetricData'], resources: ['*'], conditions: own }));
    }
    const role = new Role(this, 'Role', {
      roleName: name,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { declared: new PolicyDocument({ statements, minimize: false }) },
    });
    if (need.subnets) {
      except(role, 'AwsSolutions-IAM5[Resource::*]', 'Network interfaces of Lambda; denied to the code itself.');
    }
    return role;
  }

  /**
   * Lambda makes network interfaces by the function's role, and EC2 takes no narrower resource there; the code itself is
   * denied all of it (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).
   */
  private networkInterfaces(name: string): PolicyStatement[] {
    const own = this.stack.formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: name,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return [
      new PolicyStatement({ actions: ENI_ACTIONS, resources: ['*'] }),
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ENI_ACTIONS,
        resources: ['*'],
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': own } },
      }),
    ];
  }
}
