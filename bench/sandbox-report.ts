import { AIMS, reached } from './aims.ts';
import type { SandboxFigures } from './measure/sandbox.ts';
import { median } from './statistics.ts';
import { table } from './table.ts';

/** The section of the page about what a sandbox costs a command. */
export function sandboxSection({ without_ms, within_ms }: SandboxFigures): string {
  const heading = '## A command in the sandbox';
  if (!within_ms) return `${heading}\n\nNot measured: the machine can have no sandbox.\n`;
  const without = median(without_ms);
  const row = (name: string, times: number[]) => {
    const over = median(times) - without;
    return [
      name,
      median(times).toFixed(1),
      (median(times) / without).toFixed(2),
      over.toFixed(1),
      String(AIMS.sandbox_ms),
      reached(over, AIMS.sandbox_ms),
    ];
  };
  return `${heading}

${table(
  ['`true`, median', 'ms', 'ratio', 'ms over', 'aim', ''],
  [
    ['without', without.toFixed(1), '', '', '', ''],
    row('`network: none`', within_ms.none),
    row('`network: allow-list`', within_ms['allow-list']),
  ],
)}

In turns, ${without_ms.length} of each.
`;
}
