/**
 * What stacks tell each other: SSM parameters with fixed names. No stack imports a value of another, so each is deployed,
 * rolled back and replaced alone.
 */

import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Fn, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Environment } from './environments.ts';

/** One value each. */
export const VALUES = [
  'network/vpc-id',
  'network/key-arn',
  'network/security-group/database',
  'network/security-group/database-client',
  'network/security-group/cache',
  'network/security-group/cache-client',
  'network/security-group/https-client',
  'network/security-group/http-client',
  'data/database/writer-url',
  'data/database/reader-url',
  'data/database/owner-secret-arn',
  'data/database/writer-secret-arn',
  'data/database/reader-secret-arn',
  'data/cache/url',
  'data/cache/is-cluster',
  'data/cache/secret-arn',
  'data/rate-limit/table-name',
  'data/rate-limit/table-arn',
  'data/chain-rpc/secret-arn',
  'data/origin/secret-arn',
  'data/metrics/secret-arn',
  'api/id',
  'api/url',
] as const;
/** One value for each availability zone. */
export const LISTS = ['network/subnets/private', 'network/subnets/egress'] as const;

export type Value = (typeof VALUES)[number];
export type List = (typeof LISTS)[number];

/** The parameters of one environment, as one stack sees them. */
export class Parameters {
  constructor(
    private readonly scope: Construct,
    private readonly environment: Environment,
  ) {}

  name(value: Value | List): string {
    return `/erc8004/${this.environment.name}/${value}`;
  }

  /** For the stacks that come after. */
  write(value: Value, text: string): void {
    new StringParameter(this.scope, `Parameter-${value}`, { parameterName: this.name(value), stringValue: text });
  }

  /** For the stacks that come after. One text: a parameter of the type StringList is of another type in a template. */
  writeList(list: List, values: string[]): void {
    const stringValue = Fn.join(',', values);
    new StringParameter(this.scope, `Parameter-${list}`, { parameterName: this.name(list), stringValue });
  }

  /** What a stack that was deployed before has written; read at each deployment. */
  read(value: Value): string {
    return StringParameter.valueForStringParameter(this.scope, this.name(value));
  }

  /** As many as there are availability zones. */
  readList(list: List): string[] {
    const values = Token.asList(Fn.split(',', StringParameter.valueForStringParameter(this.scope, this.name(list))));
    return this.environment.availabilityZones.map((_, zone) => Fn.select(zone, values));
  }
}
