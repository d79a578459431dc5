/** All stacks of an environment, in the order of their deployment. */

import type { App } from 'aws-cdk-lib';
import type { Environment } from './environments.ts';
import { ApiStack } from './stacks/api.ts';
import { DataStack } from './stacks/data.ts';
import { EdgeStack } from './stacks/edge.ts';
import { NetworkStack } from './stacks/network.ts';
import { ObservabilityStack } from './stacks/observability.ts';
import { SchedulesStack } from './stacks/schedules.ts';
import { SchemaStack, type CodeProps } from './stacks/schema.ts';
import type { ProjectStack } from './stack.ts';

export function stacks(app: App, environment: Environment, code: CodeProps): ProjectStack[] {
  const inOrder = [
    new NetworkStack(app, environment),
    new DataStack(app, environment),
    new SchemaStack(app, environment, code),
    new ApiStack(app, environment, code),
    new SchedulesStack(app, environment, code),
    ...(environment.edge ? [new EdgeStack(app, environment)] : []),
    new ObservabilityStack(app, environment),
  ];
  for (const [index, stack] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before) {
      stack.addStackDependency(before);
    }
  }
  return inOrder;
}
