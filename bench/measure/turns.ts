import type { FakeAnthropic } from '../../test/fakes/anthropic.ts';

const SAID = 'It is going on as it was planned, step by step. '.repeat(4);

/**
 * Makes the fake expect so many turns of each task, and the report at the end of the job. Each turn but the last calls
 * a tool that costs next to nothing; an answer takes about 0.3 s.
 */
export function expectTurns(fake: FakeAnthropic, tasks: number, turns: number): void {
  for (let turn = 0; turn < turns; turn += 1) {
    const progress = { name: 'report_progress', input: { message: `Turn ${turn + 1}` } };
    fake.expect({
      turn,
      structured: false,
      prompt_includes: 'of the whole',
      times: tasks,
      reply: { type: 'message', text: SAID, pause_ms: 60, tool_use: turn === turns - 1 ? [] : [progress] },
    });
  }
  fake.expect({ system_includes: 'write the report', reply: { type: 'message', text: 'Done.' } });
}
