/** What all stacks have in common. */

import { CfnResource, Stack, Tags, Validations, type StackProps } from 'aws-cdk-lib';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct, IConstruct } from 'constructs';
import type { Environment } from './environments.ts';
import { Parameters } from './parameters.ts';

export const PROJECT = 'erc8004';

/** A stack of an environment: `erc8004-prod-api`. */
export class ProjectStack extends Stack {
  readonly parameters: Parameters;

  constructor(
    scope: Construct,
    readonly target: Environment,
    part: string,
    props: StackProps = {},
  ) {
    super(scope, `${PROJECT}-${target.name}-${part}`, {
      env: { region: target.region },
      terminationProtection: target.isKept,
      ...props,
    });
    this.parameters = new Parameters(this, target);
    // The group of a proxy's targets takes no tags.
    const excludeResourceTypes = ['AWS::RDS::DBProxyTargetGroup'];
    Tags.of(this).add('project', PROJECT, { excludeResourceTypes });
    Tags.of(this).add('environment', target.name, { excludeResourceTypes });
  }

  /** The name of a resource that others find by it. */
  named(name: string): string {
    return `${PROJECT}-${this.target.name}-${name}`;
  }

  /** The key of the environment, which encrypts what lies still. The network stack makes it. */
  get key(): IKey {
    const known = this.node.tryFindChild('Key') as IKey | undefined;
    return known ?? Key.fromKeyArn(this, 'Key', this.parameters.read('network/key-arn'));
  }
}

/** Says why a rule of cdk-nag (`AwsSolutions-…`) is not followed here. */
export function except(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/** Says why a rule of checkov (`CKV_…`) is not followed by this one resource; `.checkov.yaml` has those that none follows. */
export function exceptCheckov(construct: IConstruct, id: string, comment: string): void {
  (construct.node.defaultChild as CfnResource).addMetadata('checkov', { skip: [{ id, comment }] });
}
