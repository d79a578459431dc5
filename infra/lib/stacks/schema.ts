/** The schema of the database. Deployed before the functions: traffic shifts to code that finds what it needs. */

import { CustomResource, RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../environments.ts';
import type { Declaration } from '../functions.ts';
import { LambdaFunction } from '../lambda-function.ts';
import { ProjectStack } from '../stack.ts';

export interface CodeProps {
  readonly functions: readonly Declaration[];
  /** The folder of the zips. */
  readonly zips: string;
  /** Any text; another one makes new versions where nothing else changed. */
  readonly release?: string;
}

export class SchemaStack extends ProjectStack {
  constructor(scope: Construct, environment: Environment, props: CodeProps) {
    super(scope, environment, 'schema');
    for (const declaration of props.functions.filter(({ kind }) => kind === 'task')) {
      const task = new LambdaFunction(this, { declaration, ...props });
      // A new version of the function is a new deployment of the schema. CloudFormation invokes it as whoever deploys, and
      // the function answers itself.
      const run = new CustomResource(this, 'Migrated', {
        serviceToken: task.alias.functionArn,
        resourceType: 'Custom::Migrated',
        properties: { version: task.function.currentVersion.version },
        removalPolicy: RemovalPolicy.RETAIN, // nothing is undone
      });
      run.node.addDependency(task.alias);
    }
  }
}
