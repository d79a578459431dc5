/** CloudFront and WAF before the API, for environments that ask for it. CloudFront takes both from us-east-1 alone. */

import { Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import type { Environment } from '../environments.ts';
import { PROJECT, ProjectStack, except, exceptCheckov } from '../stack.ts';

export const EDGE_REGION = 'us-east-1';
/** In which CloudFront names the viewer, address and port; the functions believe it together with the origin's secret. */
export const VIEWER_HEADER = 'cloudfront-viewer-address';
/** `shared/src/config/api.rs` reads the secret from it. */
const PROOF_HEADER = 'x-origin-secret';

export function originSecretName(environment: Environment): string {
  return `${PROJECT}/${environment.name}/origin`;
}

export class EdgeStack extends ProjectStack {
  constructor(scope: Construct, environment: Environment) {
    super(scope, environment, 'edge', { env: { region: EDGE_REGION } });
    const { edge, api } = environment;
    if (!edge || !api.domain) {
      throw new Error(`${environment.name} has no edge`);
    }
    const proof = SecretValue.secretsManager(originSecretName(environment));
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: this.named('api'),
      domainNames: [edge.domain.name],
      certificate: Certificate.fromCertificateArn(this, 'Certificate', edge.domain.certificateArn),
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      webAclId: this.webAcl(edge.requestsPer5MinutesPerAddress),
      defaultBehavior: {
        origin: new HttpOrigin(api.domain.name, {
          protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
          customHeaders: { [PROOF_HEADER]: proof.unsafeUnwrap() },
        }),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        cachePolicy: this.cachePolicy(),
        originRequestPolicy: new cloudfront.OriginRequestPolicy(this, 'Forwarded', {
          headerBehavior: cloudfront.OriginRequestHeaderBehavior.allowList(
            'CloudFront-Viewer-Address',
            'Origin',
            'Content-Type',
            'Idempotency-Key',
            'If-None-Match',
            'Access-Control-Request-Method',
            'Access-Control-Request-Headers',
          ),
          queryStringBehavior: cloudfront.OriginRequestQueryStringBehavior.all(),
        }),
      },
    });
    except(distribution, 'AwsSolutions-CFR1', 'Agents are everywhere: no country is kept out.');
    const logged = 'Who asked what is in the access log of the API and in that of WAF.';
    except(distribution, 'AwsSolutions-CFR3', logged);
    exceptCheckov(distribution, 'CKV_AWS_86', logged);
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', {
      hostedZoneId: edge.domain.zone.id,
      zoneName: edge.domain.zone.name,
    });
    const target = RecordTarget.fromAlias(new CloudFrontTarget(distribution));
    new ARecord(this, 'Record', { zone, target, recordName: `${edge.domain.name}.` });
    new AaaaRecord(this, 'RecordV6', { zone, target, recordName: `${edge.domain.name}.` });
  }

  /** Keeps what a reply's own Cache-Control says, apart for each key, origin and query. */
  private cachePolicy(): cloudfront.CachePolicy {
    return new cloudfront.CachePolicy(this, 'Cached', {
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: Duration.days(1),
      headerBehavior: cloudfront.CacheHeaderBehavior.allowList('Authorization', 'Origin'),
      queryStringBehavior: cloudfront.CacheQueryStringBehavior.all(),
      enableAcceptEncodingGzip: true,
      enableAcceptEncodingBrotli: true,
    });
  }

  private webAcl(requestsPer5Minutes: number): string {
    const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
      metricName,
      sampledRequestsEnabled: true,
      cloudWatchMetricsEnabled: true,
    });
    const managed = (name: string, priority: number): CfnWebACL.RuleProperty => ({
      name,
      priority,
      overrideAction: { none: {} },
      statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } },
      visibilityConfig: visible(name),
    });
    const acl = new CfnWebACL(this, 'WebAcl', {
      name: this.named('api'),
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      visibilityConfig: visible(this.named('api')),
      rules: [
        {
          name: 'PerAddress',
          priority: 0,
          action: { block: {} },
          statement: { rateBasedStatement: { limit: requestsPer5Minutes, aggregateKeyType: 'IP' } },
          visibilityConfig: visible('PerAddress'),
        },
        managed('AWSManagedRulesAmazonIpReputationList', 1),
        managed('AWSManagedRulesKnownBadInputsRuleSet', 2),
      ],
    });
    const log = new LogGroup(this, 'WebAclLog', {
      logGroupName: `aws-waf-logs-${this.named('api')}`, // WAF asks for this beginning
      retention: this.target.logDays,
      removalPolicy: this.target.isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    exceptCheckov(log, 'CKV_AWS_158', 'The key of the environment lies in the region of the API.');
    new CfnLoggingConfiguration(this, 'WebAclLogging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [log.logGroupArn],
      redactedFields: [{ singleHeader: { Name: 'authorization' } }],
    });
    return acl.attrArn;
  }
}
