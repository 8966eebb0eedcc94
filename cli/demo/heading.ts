import type { Context } from '../context.ts';
import { style } from '../output.ts';

/** Says what a demo does next. */
export function heading({ out }: Context, text: string): void {
  out.print(`\n${style('bold', `== ${text}`)}\n`);
}
