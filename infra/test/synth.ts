/** Synthesis in the test's own process: no network, no account, and zips that hold nothing. */

import { App } from 'aws-cdk-lib';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, type Environment } from '../lib/environments.ts';
import { readFunctions, type Declaration } from '../lib/functions.ts';
import { stacks } from '../lib/project.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: string[];
}
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default: string }>>;
  readonly Outputs?: unknown;
}
export interface Synthesized {
  readonly environment: Environment;
  readonly functions: readonly Declaration[];
  /** By part: `network`, `data`, … */
  readonly templates: Readonly<Record<string, Template>>;
  /** What synthesis would have had to look up. */
  readonly missing: readonly unknown[];
}

const CONTEXT = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')).context;

export function synthesize(name: string, change: Partial<Environment> = {}): Synthesized {
  const folder = mkdtempSync(join(tmpdir(), 'infra-'));
  const functions = readFunctions();
  for (const declaration of functions) {
    writeFileSync(join(folder, `${declaration.name}.zip`), `the code of ${declaration.name}`);
  }
  const app = new App({ outdir: join(folder, 'cdk.out'), context: CONTEXT, analyticsReporting: false });
  const chosen = environment(name, change);
  const made = stacks(app, chosen, { functions, zips: folder, release: 'reviewed' });
  const assembly = app.synth();
  const templates = made.map((stack) => [
    stack.stackName.replace(`erc8004-${name}-`, ''),
    assembly.getStackByName(stack.stackName).template as Template,
  ]);
  return {
    environment: chosen,
    functions,
    templates: Object.fromEntries(templates),
    missing: assembly.manifest.missing ?? [],
  };
}

/** The resources of a type. */
export function ofType(template: Template | undefined, type: string): Resource[] {
  return Object.values(template?.Resources ?? {}).filter((resource) => resource.Type === type);
}

/** The resources of a type, by their name in AWS without project and environment. */
export function byName(made: Synthesized, part: string, type: string, property: string): Map<string, Resource> {
  const prefix = `erc8004-${made.environment.name}-`;
  const named = ofType(made.templates[part], type).map((resource): [string, Resource] => [
    String(resource.Properties[property]).replace(prefix, ''),
    resource,
  ]);
  return new Map(named);
}

/** Every resource of all stacks, with the name of its stack and its own. */
export function all(made: Synthesized): { readonly where: string; readonly resource: Resource }[] {
  return Object.entries(made.templates).flatMap(([part, template]) =>
    Object.entries(template.Resources).map(([id, resource]) => ({ where: `${part}/${id}`, resource })),
  );
}

/** The SSM parameter behind a `Ref`, without project and environment; other values as they are. */
export function parameterOf(made: Synthesized, part: string, value: any): string | undefined {
  const text = made.templates[part]?.Parameters?.[value?.Ref]?.Default;
  return text?.replace(`/erc8004/${made.environment.name}/`, '');
}
