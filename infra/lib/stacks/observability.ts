/** Dashboards, alarms, and the topic that alarms go to. What is shown and watched of us comes from infra/generated. */

import { CfnOutput, Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { existsSync, readFileSync } from 'node:fs';
import { ALARMS, type AlarmData } from '../alarms.ts';
import type { Environment } from '../environments.ts';
import { ProjectStack } from '../stack.ts';

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
    const file = new URL('alarms.json', GENERATED);
    const generated = existsSync(file) ? readFileSync(file, 'utf8') : '[]';
    return [...ALARMS, ...JSON.parse(generated)].map((alarm) => JSON.parse(this.filled(JSON.stringify(alarm))));
  }

  /** Lists and dashboard serve every environment. */
  private filled(text: string): string {
    const values: Record<string, string> = { environment: this.target.name, 'AWS::Region': this.target.region };
    return text.replaceAll(/\$\{([\w:]+)\}/g, (all, name: string) => values[name] ?? all);
  }

  private alarm(data: AlarmData, topic: Topic): void {
    const alarm = new cloudwatch.Alarm(this, data.name, {
      alarmName: this.named(data.name),
      alarmDescription: `${data.description} ${data.runbook}`,
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
