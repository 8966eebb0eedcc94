import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../cli/run.ts';
import { startService, type TestService } from '../cli/service.ts';
import { blocksOf, readPage } from './page.ts';

const blocks = blocksOf(readPage('docs/first-job.md'));
const spec = blocks.find(({ note }) => note === 'job.yaml')!.text;
/** Each block of commands, with what the page shows of the output of its last one. */
const steps = blocks.flatMap(({ language, text }, index) => {
  const commands = text.split('\n').filter((line) => line.startsWith('orchestrator '));
  const next = blocks[index + 1];
  const shown = next?.language === 'text' ? next.text : '';
  return language === 'sh' && commands.length > 0 ? [{ commands, shown }] : [];
});

const folder = mkdtempSync(join(tmpdir(), 'orchestrator-first-job-'));
let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('the first job goes as its page says, command by command', async () => {
  let job = 'JOB';
  writeFileSync(join(folder, 'job.yaml'), spec);
  const exits: (number | null)[] = [];
  for (const { commands, shown } of steps) {
    let printed = '';
    for (const command of commands) {
      const [, ...args] = command.replace('JOB', job).split(' ');
      const { exit, stdout, stderr } = await runCli(args, { url: service.url, cwd: folder });
      job = /^Job (\w+): /.exec(stdout)?.[1] ?? job;
      exits.push(exit);
      printed = `${stdout}${stderr}`;
    }
    expect(withoutTimes(printed)).toContain(withoutTimes(shown.replaceAll('JOB', job)));
    // the mistake that it shows, mended as it says
    writeFileSync(join(folder, 'job.yaml'), spec.replace('depend_on', 'depends_on'));
  }
  expect(exits).toEqual([2, 0, 0, 0, 0, 0, 0, 0]);
});

/** How long things take is another time each time, and with it the width of that column. */
const withoutTimes = (text: string): string => text.replace(/\d+(\.\d+)? (s|ms|min) */g, 'TIME ').trimEnd();
