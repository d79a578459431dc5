/**
 * The templates as they were reviewed, in `snapshots/`. UPDATE_SNAPSHOTS=1 writes them; the difference is then reviewed
 * like code. Functions are alike, so one of each kind stands for all, and a table says how the others differ.
 */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { made } from './environments.ts';
import { ofType, parameterOf, type Template } from './synth.ts';

const FOLDER = new URL('snapshots/', import.meta.url);
const SHOWN = ['get-agent', 'sync-chain', 'migrate'];

function compare(name: string, value: unknown): void {
  const file = new URL(name, FOLDER);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (process.env['UPDATE_SNAPSHOTS']) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, text);
  }
  const reviewed = existsSync(file) ? readFileSync(file, 'utf8') : '{}';
  assert.deepEqual(JSON.parse(text), JSON.parse(reviewed), `${name}; UPDATE_SNAPSHOTS=1 npm test takes it as it is`);
}

/** Without the functions that are like others. */
function shortened(template: Template, functions: readonly { readonly name: string }[]): Template {
  const hidden = functions.filter(({ name }) => !SHOWN.includes(name)).map(({ name }) => name.replaceAll('-', ''));
  const isHidden = (id: string) => hidden.some((name) => new RegExp(`^(Route|Schedule)?${name}[A-Z0-9]`).test(id));
  const kept = Object.entries(template.Resources).filter(([id]) => !isHidden(id));
  return {
    Resources: Object.fromEntries(kept),
    Parameters: template.Parameters ?? {},
    Outputs: template.Outputs ?? {},
  };
}

for (const part of ['network', 'data', 'schema', 'api', 'schedules', 'edge', 'observability']) {
  test(`the ${part} stack is as it was reviewed`, () => {
    const { templates, functions } = made('edge');
    assert.ok(templates[part]);
    compare(`${part}.json`, shortened(templates[part], functions));
  });
}

test('functions have the size and the settings that were reviewed', () => {
  const synthesized = made('prod');
  const rows = Object.entries(synthesized.templates).flatMap(([part, template]) =>
    ofType(template, 'AWS::Lambda::Function').map(({ Properties }) => ({
      function: Properties.FunctionName,
      memoryMb: Properties.MemorySize,
      timeoutS: Properties.Timeout,
      variables: Object.keys(Properties.Environment.Variables).sort().join(' '),
      subnets:
        parameterOf(synthesized, part, Properties.VpcConfig?.SubnetIds[0]['Fn::Select'][1]['Fn::Split'][1]) ?? 'no VPC',
    })),
  );
  compare('functions.json', rows);
});
