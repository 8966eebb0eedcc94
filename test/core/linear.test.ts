import { describe, expect, test } from 'vitest';
import { fitSchema } from '../../activities/tools/mcp/fit-schema.ts';
import { parseJson } from '../../api/request/json.ts';
import { preferredWait } from '../../api/request/prefer.ts';
import { readFrames } from '../../client/sse.ts';
import { readYaml } from '../../config/yaml/yaml.ts';
import { parseYaml } from '../../config/yaml/yaml-file.ts';
import { Config } from '../../contracts/config.ts';
import { EventType } from '../../contracts/event.ts';
import { hiddenWarnings } from '../../contracts/hidden-text.ts';
import { Task } from '../../contracts/plan.ts';
import { isWanted, Webhook } from '../../contracts/webhook.ts';
import { matchesTool } from '../../core/agents/tool-patterns.ts';
import { fileConflicts } from '../../core/plan/graph.ts';
import { planByRules } from '../../core/plan/rules-planner.ts';
import { validateGraph } from '../../core/plan/validate.ts';
import { carryOf } from '../../core/text/carry.ts';
import { toGeminiSchema } from '../../providers/gemini-schema.ts';

/** A little over linear is allowed for; what is quadratic takes 16 times as long for an input that is 4 times as large. */
const MOST = 6;
/** Below so many milliseconds a ratio says nothing. */
const MIN_MS = 100;
const RUNS = 5;

/** The median of a few runs, or the first one below `enough`: a run may be seen as longer than it is, never as shorter. */
async function cpuMs(work: () => unknown, enough = 0): Promise<number> {
  const runs: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    if (ms < enough) return ms;
    runs.push(ms);
  }
  return runs.sort((a, b) => a - b)[RUNS >> 1]!;
}

/** Holds the worst case of a size and one that is 4 times as large against each other. */
async function expectLinear(worst: (n: number) => () => unknown, n: number): Promise<void> {
  const seen: string[] = [];
  // a machine that is busy with other things may spoil one measurement, never three of what is quadratic
  for (let measured = 0; measured < 3; measured++) {
    const large = await cpuMs(worst(4 * n), MIN_MS);
    if (large < MIN_MS) return;
    const small = await cpuMs(worst(n));
    if (large / small < MOST) return;
    seen.push(`${small} ms, then ${large} ms`);
  }
  expect.fail(`more than ${MOST} times as long for 4 times as much: ${seen.join('; ')}`);
}

const times = (text: string, n: number) => text.repeat(Math.ceil(n / text.length)).slice(0, n);

describe('texts that may not be what they look like', () => {
  test.each(['é', 'é.', '\u2024', 'http://é-', 'аpple.'])('a long one of %s', async (piece) => {
    await expectLinear((n) => {
      const text = times(piece, n);
      return () => hiddenWarnings(text);
    }, 25_000);
  });
});

describe('patterns', () => {
  test.each(['*'.repeat(60), `${'*a'.repeat(30)}*z`, `${'*'.repeat(13)}zq`])(
    'one of stars takes no longer than its text is: %s',
    async (pattern) => {
      await expectLinear((n) => {
        const name = 'a'.repeat(n);
        return () => matchesTool(name, pattern);
      }, 200_000);
      isWanted([pattern], EventType.options[0]!);
      Webhook.safeParse({ url: 'https://example.com', events: [pattern] });
    },
  );
});

describe('bodies', () => {
  const names = (n: number) => Array.from({ length: n }, (_, index) => `k${index}: 1`).join('\n');

  test('YAML with many names in one map', async () => {
    await expectLinear((n) => () => readYaml(names(n)).toJS(), 10_000);
  });

  test('YAML with a name that is there again at the end', async () => {
    await expectLinear((n) => () => readYaml(`${names(n)}\nk0: 2`), 5000);
  });

  test('a file of YAML with many names that are not known', async () => {
    await expectLinear((n) => () => parseYaml(names(n), Config, 'o.yaml'), 2500);
  });

  test('JSON with a long name and much below it', async () => {
    await expectLinear((n) => {
      const text = JSON.stringify({ ['k'.repeat(n * 5)]: Array(n).fill(1) });
      return () => parseJson(text);
    }, 20_000);
  });

  test('JSON with one name again and again', async () => {
    await expectLinear((n) => {
      const text = `{${Array(n).fill('"a":{"a":1}').join(',')}}`;
      return () => parseJson(text);
    }, 50_000);
  });
});

test.each(['"', '\\', '"\\', ',', '" ', ' ', 'a=', 'a="', ';', '=', '"a",'])(
  'headers of %j',
  async (part) => {
    await expectLinear((n) => {
      const header = `${times(part, n)}x`;
      return () => {
        try {
          preferredWait(header);
        } catch {
          // it may be refused
        }
      };
    }, 50_000);
  },
);

test('an event of a stream that comes in many pieces', async () => {
  await expectLinear((n) => {
    const piece = new TextEncoder().encode('x'.repeat(100));
    return async () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let sent = 0; sent < n; sent++) controller.enqueue(piece);
          controller.close();
        },
      });
      for await (const _ of readFrames(body));
    };
  }, 10_000);
});

describe('texts of jobs', () => {
  const snapshot = {
    agents: [{ name: 'general', kind: 'llm' as const, description: 'x', capabilities: [] }],
    limits: { max_tasks: 500, max_workers: 50, max_depth: 3 },
    commands: 'on' as const,
    command_allowlist: [],
    planner_commands: true,
  };
  const rules = (description: string, feedback: string | null) =>
    planByRules({
      spec: { title: 't', description, constraints: [], acceptance_criteria: [], approval: 'required' },
      snapshot,
      feedback,
    } as unknown as Parameters<typeof planByRules>[0]);

  test.each(RULES_TOKENS())('a plan by rules of %j', async (part) => {
    await expectLinear((n) => {
      const text = `${times(part, n)}z`;
      return () => rules(text, null);
    }, 25_000);
    await expectLinear((n) => {
      const text = `${times(part, n)}z`;
      return () => rules('- Build it\n- Test it', text);
    }, 5000);
  });

  test.each(['# ', '## Risks\n', '**', 'a ', ' ', ':', 'Risks: ', '\r'])(
    'what is carried on, of %j',
    async (part) => {
      await expectLinear((n) => {
        const results = [{ task_id: 'a', title: 'A', text: `${times(part, n)}!` }];
        return () => carryOf(results, 24_000);
      }, 100_000);
    },
  );
});

describe('plans', () => {
  const tasks = (n: number, fields: (index: number) => object) =>
    Array.from({ length: n }, (_, index) =>
      Task.parse({ task_id: `t${index}`, title: 'T', ...fields(index) }),
    );

  test('one long circle, and many dependencies', async () => {
    await expectLinear((n) => {
      const depends_on = (index: number) =>
        Array.from({ length: 20 }, (_, back) => `t${(index + n - back - 1) % n}`);
      const plan = {
        tasks: tasks(n, (index) => ({ depends_on: depends_on(index) })),
        acceptance_criteria: [],
      };
      return () => validateGraph(plan, 500);
    }, 1000);
  });

  test('all of them name the same files', async () => {
    await expectLinear((n) => {
      const plan = tasks(n, () => ({ files: Array.from({ length: 50 }, (_, file) => `f${file}`) }));
      return () => fileConflicts(plan);
    }, 125);
  });
});

describe('schemas of tools', () => {
  test('many places that refer to one another', async () => {
    await expectLinear((n) => {
      const $defs = Object.fromEntries(
        Array.from({ length: n }, (_, index) => [`d${index}`, { $ref: `#/$defs/d${index + 1}` }]),
      );
      const schema = { type: 'object', $defs: { ...$defs, [`d${n}`]: {} } };
      return () => fitSchema(schema);
    }, 500);
  });

  test('a reference to itself, many times over, is written out as far as is of use', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`p${index}`, { $ref: '#/$defs/a' }]),
    );
    const written = toGeminiSchema({
      type: 'object',
      properties,
      $defs: { a: { type: 'object', properties } },
    });
    expect(JSON.stringify(written).length).toBeLessThan(1_000_000);
  });
});

/** What the rules for texts look for, each of it again and again. */
function RULES_TOKENS(): string[] {
  return [
    ...[
      ' ',
      '\t',
      '\n',
      'a',
      'a ',
      'a, ',
      'a; ',
      '. ',
      '.',
      'a. A',
      '。',
      '"',
      '(',
      ':',
      '-',
      '--',
      '\0',
      '\ue000',
    ],
    ...[
      '- x\n',
      '* ',
      '**',
      '__',
      '_',
      '`',
      '`a`',
      '# ',
      '1. a\n',
      '1.',
      '1.1.1 ',
      '- [ ] a\n',
      '\r\n',
      '  - a\n',
    ],
    ...[
      'a then ',
      'a and then ',
      'while a ',
      'meanwhile ',
      'in parallel a ',
      '@a ',
      'phase 1: a\n',
      'after a, b and c ',
    ],
    ...[
      'after step 1, ',
      'depends on 1, ',
      '1, 2 and ',
      'needs a ',
      'run `a` ',
      '```\n',
      'done when a. ',
      'Aations ',
    ],
    ...['please also add ', 'remove the ', 'e.g. ', 'A\n', ', then ', ' and', 'the the ', 'Do not a. '],
  ];
}
