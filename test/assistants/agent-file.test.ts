import { expect, test } from 'vitest';
import { parseAgentFile } from '../../config/roster/agent-file.ts';

const file = (front: string, body = '') =>
  parseAgentFile(`---\nname: a\ndescription: b\nkind: coding\n${front}\n---\n${body}`, 'a.md');

test('names its driver; the rest has defaults', () => {
  expect(file('driver: claude')).toEqual({
    ok: true,
    agent: {
      ...{ name: 'a', kind: 'coding', description: 'b', capabilities: [] },
      coding: {
        ...{ driver: 'claude', billing: 'api', permissions: 'edit', instructions: '' },
        ...{ max_turns: 100, max_output_tokens: 32_000 },
      },
    },
  });
});

test.each(['claude', 'gemini', 'opencode', 'acp\ncommand: goose'])(
  'with the driver %s a person can be asked',
  (driver) => {
    expect(file(`driver: ${driver}\npermissions: ask`)).toMatchObject({ ok: true });
  },
);

test('any agent of the protocol is named with how it is called and what it gets', () => {
  expect(file('driver: acp\ncommand: goose\nargs: [acp]\nvariables: [OPENAI_API_KEY]')).toMatchObject({
    agent: { coding: { command: 'goose', args: ['acp'], variables: ['OPENAI_API_KEY'] } },
  });
});

test.each([
  ['an unknown driver', 'driver: clod', 'driver'],
  ['no driver', '', 'driver'],
  ['a path that depends on the folder', 'driver: claude\ncommand: bin/claude', 'command'],
  ['tools, which it brings itself', 'driver: claude\ntools: [bash]', 'tools'],
  ['permissions that there are not', 'driver: claude\npermissions: everything', 'permissions'],
  ['asking, which codex cannot', 'driver: codex\npermissions: ask', "codex can't have a person asked"],
  ['no program for acp', 'driver: acp', 'name the program that speaks the Agent Client Protocol'],
  ['arguments of another driver', 'driver: claude\nargs: [--yolo]', 'args'],
  ['variables of another driver', 'driver: gemini\nvariables: [HOME]', 'gemini gets its own'],
  ['a variable that can be none', 'driver: acp\ncommand: goose\nvariables: ["A B"]', 'variables'],
])('%s is a mistake, told by its place', (_, front, told) => {
  const parsed = file(front);
  expect(parsed.ok).toBe(false);
  expect(JSON.stringify(parsed)).toContain(told);
});
