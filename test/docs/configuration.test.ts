import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { ENV_VARIABLES, type EnvVariable, SECRET_PREFIX } from '../../config/env.ts';
import { parseAgentFile } from '../../config/roster/agent-file.ts';
import { AgentFrontMatter, Config } from '../../contracts/config.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/names.ts';
import { PROVIDER_NAMES, PROVIDERS } from '../../contracts/providers.ts';
import { blocksOf, code, readPage, tableOf } from './page.ts';
import { isRead } from './sources.ts';

const page = readPage('docs/configuration.md');
const blocks = blocksOf(page);

it('describes every environment variable that is read, as the code does', () => {
  const variables: readonly EnvVariable[] = ENV_VARIABLES;
  const read = variables.filter(({ name, internal }) => !internal && isRead(name));
  const rows = tableOf(page, 'variable').map((cells) => cells.map((cell) => code(cell)));
  expect(rows).toEqual([
    ...read.map((variable) => [
      variable.name,
      variable.purpose,
      variable.default ?? '',
      variable.secret ? 'yes' : '',
    ]),
    [`${SECRET_PREFIX}<NAME>`, expect.any(String), '', 'yes'],
  ]);
});

it('says of every provider what the code does', () => {
  const rows = tableOf(page, 'provider').map((cells) => cells.map((cell) => code(cell)));
  expect(rows).toEqual(
    PROVIDER_NAMES.map((name) => {
      const { env_key, default_model, context_window } = PROVIDERS[name];
      return [
        name,
        env_key ?? expect.stringMatching(/no key|nothing/),
        default_model ?? expect.stringContaining('none'),
        context_window === 0 ? '' : `${context_window.toLocaleString('en')} tokens`,
      ];
    }),
  );
});

it('describes every field of orchestrator.yaml', () => {
  const rows = tableOf(page, 'field').map(([name]) => code(name));
  expect(rows.sort()).toEqual(Object.keys(Config.shape).sort());
});

it('shows an agent that can be read, with every field but `specialty`', () => {
  const { text } = blocks.find(({ language }) => language === 'markdown')!;
  expect(parseAgentFile(text, 'reviewer.md')).toMatchObject({ ok: true, agent: { name: 'reviewer' } });
  const fields = Object.keys(parse(text.split('---')[1]!));
  expect([...fields, 'specialty'].sort()).toEqual(Object.keys(AgentFrontMatter.shape).sort());
});

it('gives the command that makes all search attributes', () => {
  const { text } = blocks.find((block) => block.text.includes('operator search-attribute create'))!;
  for (const name of SEARCH_ATTRIBUTES) expect(text).toContain(`--name ${name} --type Keyword`);
});
