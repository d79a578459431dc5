/** The HTTP API: one function a route, from what functions declare. */

import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import { RUNBOOKS } from '../alarms.ts';
import { BEHIND_EDGE } from '../capabilities.ts';
import type { Environment } from '../environments.ts';
import type { Endpoint } from '../functions.ts';
import { LambdaFunction } from '../lambda-function.ts';
import { ProjectStack, except } from '../stack.ts';
import { VIEWER_HEADER } from './edge.ts';
import type { CodeProps } from './schema.ts';

const STAGE = '$default';
const STEPS = {
  canary: codedeploy.LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
  linear: codedeploy.LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE,
};

export class ApiStack extends ProjectStack {
  private readonly api: apigateway.HttpApi;

  constructor(
    scope: Construct,
    environment: Environment,
    private readonly props: CodeProps,
  ) {
    super(scope, environment, 'api');
    const { domain } = environment.api;
    this.api = new apigateway.HttpApi(this, 'Api', {
      apiName: this.named('api'),
      createDefaultStage: false,
      disableExecuteApiEndpoint: environment.edge !== undefined,
    });
    const stage = this.stage();
    const url = domain ? `https://${(environment.edge?.domain ?? domain).name}` : this.api.apiEndpoint;
    const rollout = this.rollout();
    for (const declaration of props.functions) {
      if (declaration.kind === 'http') {
        rollout(this.endpoint(declaration, url), declaration);
      }
    }
    if (domain) {
      this.domain(stage);
    }
    this.parameters.write('api/id', this.api.apiId);
    this.parameters.write('api/url', url);
    new CfnOutput(this, 'Url', { value: url });
  }

  private endpoint(declaration: Endpoint, url: string): LambdaFunction {
    const { edge, api } = this.target;
    const made = new LambdaFunction(this, {
      declaration,
      ...this.props,
      variables: {
        PUBLIC_URL: url,
        CORS_ORIGINS: api.corsOrigins.join(','),
        ...(edge && { VIEWER_ADDRESS_HEADER: VIEWER_HEADER }),
      },
      ...(edge && { more: BEHIND_EDGE }),
    });
    const isDefault = declaration.path === '$default';
    const method = declaration.method as apigateway.HttpMethod;
    const route = new apigateway.HttpRoute(this, `Route-${declaration.name}`, {
      httpApi: this.api,
      routeKey: isDefault ? apigateway.HttpRouteKey.DEFAULT : apigateway.HttpRouteKey.with(declaration.path, method),
      integration: new HttpLambdaIntegration(declaration.name, made.alias),
    });
    except(
      route,
      'AwsSolutions-APIG4',
      'API keys are checked by the functions, which answer for them in problem+json.',
    );
    return made;
  }

  private stage(): apigateway.HttpStage {
    const { throttle } = this.target.api;
    const logGroup = new LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/apigateway/${this.named('api')}`,
      retention: this.target.logDays,
      encryptionKey: this.key,
      removalPolicy: this.target.isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const fields = [
      'requestId',
      'identity.sourceIp',
      'httpMethod',
      'path',
      'routeKey',
      'status',
      'protocol',
      'responseLength',
    ];
    const more = [
      'requestTime',
      'responseLatency',
      'integrationLatency',
      'integrationErrorMessage',
      'identity.userAgent',
    ];
    const format = Object.fromEntries(
      [...fields, ...more].map((field) => [field.replace('identity.', ''), `$context.${field}`]),
    );
    return new apigateway.HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: STAGE,
      autoDeploy: true,
      throttle: { rateLimit: throttle.rate, burstLimit: throttle.burst },
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new apigateway.LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(format)),
      },
    });
  }

  /** Traffic moves to a new version step by step, and back at once when the version fails. */
  private rollout(): (made: LambdaFunction, declaration: Endpoint) => void {
    const { rollout } = this.target;
    if (rollout === 'all-at-once') {
      return () => {};
    }
    const application = new codedeploy.LambdaApplication(this, 'Application', { applicationName: this.named('api') });
    const policy = ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited');
    const role = new Role(this, 'Rollout', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      managedPolicies: [policy],
    });
    except(
      role,
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
      'What AWS documents for CodeDeploy and Lambda.',
    );
    const period = Duration.minutes(1);
    return (made, { method, path }) => {
      const alarm = (id: string, what: string, metric: cloudwatch.IMetric, threshold: number, periods: number) =>
        new cloudwatch.Alarm(made, id, {
          alarmName: `${this.named(made.node.id)}-${id.toLowerCase()}`,
          alarmDescription: `${what}: a rollout is taken back. ${RUNBOOKS}#rollout`,
          metric,
          threshold,
          evaluationPeriods: periods,
          comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
        });
      const failed = alarm('Failing', 'Invocations of the live alias fail', made.alias.metricErrors({ period }), 3, 1);
      // A panic or a fault is answered with 500, and the invocation succeeds.
      const refused = new cloudwatch.Metric({
        namespace: `ERC8004/${this.target.name}`,
        metricName: 'erc8004_api_server_error_ratio',
        dimensionsMap: { method, route: path },
        period,
      });
      new codedeploy.LambdaDeploymentGroup(made, 'Rollout', {
        application,
        role,
        alias: made.alias,
        alarms: [failed, alarm('Refusing', 'One request in twenty is answered with 5xx', refused, 0.05, 2)],
        deploymentConfig: STEPS[rollout],
        autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
      });
    };
  }

  private domain(stage: apigateway.HttpStage): void {
    const { domain } = this.target.api;
    if (!domain) {
      return;
    }
    const name = new apigateway.DomainName(this, 'Domain', {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
    });
    new apigateway.ApiMapping(this, 'Mapping', { api: this.api, domainName: name, stage });
    const { regionalDomainName, regionalHostedZoneId } = name;
    new ARecord(this, 'Record', {
      zone: HostedZone.fromHostedZoneAttributes(this, 'Zone', {
        hostedZoneId: domain.zone.id,
        zoneName: domain.zone.name,
      }),
      recordName: `${domain.name}.`,
      target: RecordTarget.fromAlias(new ApiGatewayv2DomainProperties(regionalDomainName, regionalHostedZoneId)),
    });
  }
}
