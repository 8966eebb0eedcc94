import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffTexts, isPatch, readPatch } from '../../dashboard/components/text-diff.ts';
import { compareArtifacts, earlierJobs, pairVerdicts } from '../../dashboard/pages/results/comparison.ts';
import { costsByAgent, costsByModel, totalOf } from '../../dashboard/pages/results/costs.ts';

describe('the difference of two texts', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 }).map((all) => all.join('\n'));

  test('leads from one to the other, with little around what differs', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const diff = diffTexts(before, after);
        expect(diff.length === 0).toBe(before === after);
        if (before === after) return;
        const side = (...kinds: string[]) =>
          diff.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text.slice(2));
        const hidden = diff.reduce(
          (sum, { text }) => sum + Number(/^\((\d+) the same\)$/.exec(text)?.[1] ?? 0),
          0,
        );
        expect(side('same', 'removed').length + hidden).toBe(before.split('\n').length);
        expect(side('same', 'added').length + hidden).toBe(after.split('\n').length);
        if (hidden === 0) {
          expect(side('same', 'removed').join('\n')).toBe(before);
          expect(side('same', 'added').join('\n')).toBe(after);
        }
      }),
    );
    const long = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    const changed = long.with(10, 'another').toSpliced(3, 1);
    expect(diffTexts(long.join('\n'), changed.join('\n')).map(({ text }) => text)).toEqual([
      ...long.slice(0, 3).map((text) => `  ${text}`),
      '- line 3',
      ...long.slice(4, 10).map((text) => `  ${text}`),
      '- line 10',
      '+ another',
      ...long.slice(11, 14).map((text) => `  ${text}`),
      '(6 the same)',
    ]);
  });

  test('of texts without end is told at once, and an end of line alone is none', () => {
    const many = (word: string) => Array.from({ length: 5000 }, (_, index) => `${word} ${index}`).join('\n');
    expect(diffTexts(many('a'), many('b'))).toHaveLength(10_000);
    expect(diffTexts('a\nb\n', 'a\r\nb')).toEqual([]);
  });

  test('stands in a patch, in which a line may begin as a header does', () => {
    const patch = '--- a/x\n+++ b/x\n@@ -1,2 +1 @@ f()\n--- old\n+new\n-gone\n\\ No newline at end of file\n';
    expect(readPatch(patch).map(({ kind }) => kind)).toEqual([
      ...['head', 'head', 'head'],
      ...['removed', 'added', 'removed', 'head'],
    ]);
    expect([
      isPatch('a.diff', 'text/plain'),
      isPatch('a', 'text/x-patch'),
      isPatch('a.txt', 'text/plain'),
    ]).toEqual([true, true, false]);
  });
});

describe('results', () => {
  test('what calls cost is summed up by agent and model; those that were not made do not count', () => {
    const call = (agent: string | null, model: string, cost_usd: number, status = 'settled') =>
      ({
        ...{ agent, provider: 'anthropic', model, cost_usd, status },
        usage:
          status === 'settled'
            ? { input_tokens: 10, output_tokens: 5, cache_read_tokens: 2, cache_write_tokens: 1 }
            : null,
      }) as Parameters<typeof costsByAgent>[0][number];
    const calls = [
      call('a', 'big', 1),
      call('b', 'big', 2),
      call('a', 'small', 0.5),
      call(null, 'small', 0.25, 'estimated'),
      call('b', 'small', 0, 'released'),
    ];
    expect(costsByAgent(calls)).toEqual([
      { name: 'b', calls: 1, input_tokens: 13, output_tokens: 5, cost_usd: 2, estimated_usd: 0 },
      { name: 'a', calls: 2, input_tokens: 26, output_tokens: 10, cost_usd: 1.5, estimated_usd: 0 },
      {
        name: 'the job itself',
        calls: 1,
        input_tokens: 0,
        output_tokens: 0,
        cost_usd: 0.25,
        estimated_usd: 0.25,
      },
    ]);
    const models = costsByModel(calls);
    expect(models.map(({ name, cost_usd }) => [name, cost_usd])).toEqual([
      ['anthropic/big', 3],
      ['anthropic/small', 0.75],
    ]);
    expect(totalOf(models)).toMatchObject({ calls: 4, cost_usd: 3.75, estimated_usd: 0.25 });
  });

  test('of two jobs are compared by what things are called', () => {
    const artifact = (task_id: string, name: string, sha256: string) => ({
      ...{ task_id, name, sha256, artifact_id: `${task_id}-${name}-${sha256}` },
      ...{ media_type: 'text/plain', size_bytes: 1 },
    });
    const here = [artifact('a', 'x', '1'), artifact('a', 'y', '1'), artifact('b', 'x', '1')];
    const there = [artifact('a', 'x', '1'), artifact('a', 'y', '2'), artifact('c', 'z', '1')];
    const { differ, same } = compareArtifacts(here, there);
    expect(same).toBe(1);
    expect(
      differ.map(({ task_id, name, here, there }) => [task_id, name, here?.sha256, there?.sha256]),
    ).toEqual([
      ['a', 'y', '1', '2'],
      ['b', 'x', '1', undefined],
      ['c', 'z', undefined, '1'],
    ]);
    const criterion = (criterion_id: string, text: string, verdict: 'met' | 'unmet') => ({
      ...{ criterion_id, text, verdict, evidence: null, task_ids: [] },
    });
    expect(
      pairVerdicts(
        [criterion('c1', 'It sings', 'met')],
        [criterion('c1', 'It hums', 'unmet'), criterion('c2', 'It sings', 'unmet')],
      ),
    ).toEqual([
      { text: 'It sings', here: 'met', there: 'unmet' },
      { text: 'It hums', here: null, there: 'unmet' },
    ]);
    const job = (job_id: string, title: string, created_at: string) =>
      ({ job_id, title, created_at }) as Parameters<typeof earlierJobs>[1][number];
    const jobs = [job('4', 'A', '4'), job('3', 'A', '3'), job('2', 'B', '2'), job('1', 'A', '1')];
    const { alike, others } = earlierJobs(jobs[1]!, jobs);
    expect([alike, others].map((list) => list.map(({ job_id }) => job_id))).toEqual([['1'], ['2']]);
  });
});
