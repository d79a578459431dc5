/** What runs by the clock: the functions that declare a rate, and who calls them. */

import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Environment } from '../environments.ts';
import type { Scheduled } from '../functions.ts';
import { LambdaFunction } from '../lambda-function.ts';
import { ProjectStack, except } from '../stack.ts';
import type { CodeProps } from './schema.ts';

/** An EventBridge event, which is what the functions read; the scheduler fills in what stands in <>. */
const EVENT = {
  version: '0',
  id: '<aws.scheduler.execution-id>',
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  time: '<aws.scheduler.scheduled-time>',
  resources: ['<aws.scheduler.schedule-arn>'],
  detail: {},
};

export class SchedulesStack extends ProjectStack {
  constructor(
    scope: Construct,
    environment: Environment,
    private readonly props: CodeProps,
  ) {
    super(scope, environment, 'schedules');
    const deadLetters = new Queue(this, 'DeadLetters', {
      queueName: this.named('dead-letters'),
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    except(deadLetters, 'AwsSolutions-SQS3', 'It is the dead-letter queue.');
    const group = new CfnScheduleGroup(this, 'Group', { name: this.named('schedules') });
    const role = new Role(this, 'Scheduler', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }));
    role.addToPolicy(
      new PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [this.key.keyArn] }),
    );
    for (const declaration of props.functions) {
      if (declaration.kind === 'schedule') {
        this.schedule(declaration, { group, role, deadLetters });
      }
    }
  }

  private schedule(declaration: Scheduled, to: { group: CfnScheduleGroup; role: Role; deadLetters: Queue }): void {
    const made = new LambdaFunction(this, { declaration, ...this.props });
    // What a run that failed left undone, the next one does. The scheduler tries again where Lambda took no event.
    made.alias.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.hours(1) });
    to.role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [made.alias.functionArn] }),
    );
    const schedule = new CfnSchedule(this, `Schedule-${declaration.name}`, {
      name: this.named(declaration.name),
      groupName: to.group.ref,
      scheduleExpression: declaration.rate,
      flexibleTimeWindow: { mode: 'OFF' },
      state: 'ENABLED',
      kmsKeyArn: this.key.keyArn,
      target: {
        arn: made.alias.functionArn,
        roleArn: to.role.roleArn,
        input: JSON.stringify(EVENT),
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3_600 },
        deadLetterConfig: { arn: to.deadLetters.queueArn },
      },
    });
    schedule.node.addDependency(to.role);
  }
}
