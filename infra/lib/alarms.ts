/** What is watched of AWS itself. Alarms on our own metrics are generated beside those, in `generated/alarms.json`. */

import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';

/** An alarm, as the generated list has it. `${environment}` and `${AWS::Region}` are filled in. */
export interface AlarmData {
  readonly name: string;
  readonly description: string;
  readonly metric: string;
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly threshold: number;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly comparison: ComparisonOperator;
  readonly treatMissingData: TreatMissingData;
  /** Where it says what to do. */
  readonly runbook: string;
}

/** Where each section says what to do. */
export const RUNBOOKS = 'docs/TROUBLESHOOTING.md';
const AT_LEAST = ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD;
const { BREACHING, NOT_BREACHING } = TreatMissingData;

export const ALARMS: readonly AlarmData[] = [
  {
    name: 'api-5xx',
    description: 'Requests fail at the API: the error lines of the function that the access log names say why.',
    metric: '5xx',
    namespace: 'AWS/ApiGateway',
    dimensions: { ApiName: 'erc8004-${environment}-api' },
    statistic: 'Sum',
    threshold: 5,
    periodSeconds: 60,
    evaluationPeriods: 3,
    comparison: AT_LEAST,
    treatMissingData: NOT_BREACHING,
    runbook: `${RUNBOOKS}#server-errors`,
  },
  {
    name: 'dead-letters',
    description: 'The scheduler could not start a run: the message in the queue says which, and why.',
    metric: 'ApproximateNumberOfMessagesVisible',
    namespace: 'AWS/SQS',
    dimensions: { QueueName: 'erc8004-${environment}-dead-letters' },
    statistic: 'Maximum',
    threshold: 1,
    periodSeconds: 60,
    evaluationPeriods: 1,
    comparison: AT_LEAST,
    treatMissingData: NOT_BREACHING,
    runbook: `${RUNBOOKS}#dead-letters`,
  },
  {
    name: 'sync-stopped',
    description: 'Nobody runs sync-chain: look at its schedule, and at the role of the scheduler.',
    metric: 'Invocations',
    namespace: 'AWS/Lambda',
    dimensions: { FunctionName: 'erc8004-${environment}-sync-chain' },
    statistic: 'Sum',
    threshold: 1,
    periodSeconds: 300,
    evaluationPeriods: 2,
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: BREACHING,
    runbook: `${RUNBOOKS}#runs-missing`,
  },
  {
    name: 'database-capacity',
    description: 'The database is as large as it may be: raise database.capacity.max, or find the query.',
    metric: 'ACUUtilization',
    namespace: 'AWS/RDS',
    dimensions: { DBClusterIdentifier: 'erc8004-${environment}-database' },
    statistic: 'Average',
    threshold: 90,
    periodSeconds: 300,
    evaluationPeriods: 3,
    comparison: AT_LEAST,
    treatMissingData: NOT_BREACHING,
    runbook: `${RUNBOOKS}#database-capacity`,
  },
];
