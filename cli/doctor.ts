import type { Command } from 'commander';
import { keepPrivate } from '../config/private.ts';
import { action } from './context.ts';
import type { Check } from './doctor/check.ts';
import { EXIT } from './exit.ts';
import { style } from './output.ts';
import { indent, table } from './view/text.ts';

const MARK = { ok: ['✓', 'green'], note: ['·', 'yellow'], missing: ['✗', 'red'] } as const;

/** `orchestrator doctor` */
export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'check what is there, what is missing, and how to get it; exit code 1 if something is missing',
    )
    .action(
      action(async (context) => {
        keepPrivate();
        // what it looks with is only loaded when it looks
        const { allChecks } = await import('./doctor/checks.ts');
        const checks = await allChecks(context);
        const healthy = checks.every((check) => check.state !== 'missing');
        context.out.data({ healthy, checks });
        context.out.print(words(checks));
        return healthy ? EXIT.ok : EXIT.error;
      }),
    );
}

function words(checks: Check[]): string {
  const rows = checks.map(({ name, state, detail }) => {
    const [mark, format] = MARK[state];
    return [style(format, mark), name, detail];
  });
  const lines = table(rows).flatMap((line, index) => {
    const { fix } = checks[index]!;
    return fix === undefined ? [line] : [line, indent(style('dim', `to do: ${fix}`), 6)];
  });
  const missing = checks.filter((check) => check.state === 'missing').length;
  const verdict =
    missing === 0
      ? 'Nothing is missing.'
      : `${missing} ${missing === 1 ? 'thing is' : 'things are'} missing.`;
  return [...lines, '', verdict].join('\n');
}
