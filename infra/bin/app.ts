/**
 * `cdk` starts this. Context: `environment`, its name; `zips`, the folder of the packaged functions; `change`, JSON in
 * place of members of the environment; `release`, any text, to make new versions where nothing else changed: by default
 * the last commit of the code.
 */

import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { environment } from '../lib/environments.ts';
import { readFunctions } from '../lib/functions.ts';
import { stacks } from '../lib/project.ts';
import { release as commit } from '../lib/release.ts';

const app = new App();
const context = (name: string): string | undefined => app.node.tryGetContext(name);
const name = context('environment');
if (!name) {
  throw new Error('which environment? -c environment=dev');
}
const chosen = environment(name, JSON.parse(context('change') ?? '{}'));
const release = context('release') ?? commit();
const zips = context('zips') ?? '../.local/package/zips';
stacks(app, chosen, { functions: readFunctions(), zips, ...(release && { release }) });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
