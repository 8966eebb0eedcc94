import classes from './diff-lines.module.css';
import type { DiffLine } from './text-diff.ts';

/** A difference, line by line: by sign and by colour. */
export function DiffLines({ lines, label }: { lines: readonly DiffLine[]; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.diff} tabIndex={0} aria-label={label}>
      <pre>
        {lines.map(({ kind, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name but their place
          <span key={index} data-kind={kind}>
            {text || ' '}
          </span>
        ))}
      </pre>
    </section>
  );
}
