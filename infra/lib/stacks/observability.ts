/** Dashboards, alarms, and the topic that alarms go to. What is shown and watched comes from infra/generated. */

import { CfnOutput, Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { existsSync, readFileSync } from 'node:fs';
import type { Environment } from '../environments.ts';
import { ProjectStack } from '../stack.ts';

/** An alarm, as `generated/alarms.json` lists it. */
interface AlarmData {
  readonly name: string;
  readonly metric: string;
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly threshold: number;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly comparison: cloudwatch.ComparisonOperator;
  readonly treatMissingData: cloudwatch.TreatMissingData;
  /** What whoever is woken up does. */
  readonly runbook: string;
}

const GENERATED = new URL('../../generated/', import.meta.url);

export class ObservabilityStack extends ProjectStack {
  constructor(scope: Construct, environment: Environment) {
    super(scope, environment, 'observability');
    const topic = new Topic(this, 'Alarms', {
      topicName: this.named('alarms'),
      displayName: `Alarms of ${environment.name}`,
      masterKey: this.key,
      enforceSSL: true,
    });
    topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'));
    if (environment.alarmEndpoint) {
      topic.addSubscription(new UrlSubscription(environment.alarmEndpoint));
    }
    for (const alarm of this.alarms()) {
      this.alarm(alarm, topic);
    }
    const dashboard = new URL('dashboard.json', GENERATED);
    if (existsSync(dashboard)) {
      new cloudwatch.CfnDashboard(this, 'Dashboard', {
        dashboardName: this.named('api'),
        dashboardBody: this.filled(readFileSync(dashboard, 'utf8')),
      });
    }
    new CfnOutput(this, 'AlarmTopic', { value: topic.topicArn });
  }

  private alarms(): AlarmData[] {
    return JSON.parse(this.filled(readFileSync(new URL('alarms.json', GENERATED), 'utf8')));
  }

  /** The generated files serve every environment. */
  private filled(text: string): string {
    const values: Record<string, string> = { environment: this.target.name, region: this.target.region };
    return text.replaceAll(/\$\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
  }

  private alarm(data: AlarmData, topic: Topic): void {
    const alarm = new cloudwatch.Alarm(this, data.name, {
      alarmName: this.named(data.name),
      alarmDescription: data.runbook,
      metric: new cloudwatch.Metric({
        namespace: data.namespace,
        metricName: data.metric,
        dimensionsMap: { ...data.dimensions },
        statistic: data.statistic,
        period: Duration.seconds(data.periodSeconds),
      }),
      threshold: data.threshold,
      evaluationPeriods: data.evaluationPeriods,
      comparisonOperator: data.comparison,
      treatMissingData: data.treatMissingData,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
  }
}
