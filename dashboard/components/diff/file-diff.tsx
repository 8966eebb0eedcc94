import { Button, Text } from '@mantine/core';
import { memo, useMemo, useState } from 'react';
import { visible } from '../../../contracts/hidden-text.ts';
import { type DiffLine, readFileDiff, sideBySide } from '../../data/unified-diff.ts';
import { count } from '../format.ts';
import { HiddenWarning } from '../text/hidden-warning.tsx';
import classes from './file-diff.module.css';

/** How lines are laid out: under each other, or in two columns. */
export type DiffLayout = 'unified' | 'split';

interface Props {
  /** the parts of a patch that are about the file */
  parts: readonly string[];
  layout: DiffLayout;
}

/** Lines that are drawn at once, and as many more each time they are asked for. */
const STEP = 1000;

/** What a patch says of a file, line by line. It is text and nothing else, whatever it says. */
export const FileDiff = memo(function FileDiff({ parts, layout }: Props) {
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts have no name but their place
    <Part key={index} part={part} layout={layout} />
  ));
});

function Part({ part, layout }: { part: string; layout: DiffLayout }) {
  const [limit, setLimit] = useState(STEP);
  const { notes, lines, more } = useMemo(() => readFileDiff(part, limit), [part, limit]);
  // an end of line as Windows writes it hides nothing
  const texts = useMemo(
    () => [...notes, ...lines.map(({ text }) => text.replace(/\r$/, ''))],
    [notes, lines],
  );
  return (
    <>
      <HiddenWarning of={[texts]} />
      {notes.map((note) => (
        <Text key={note} c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {visible(note)}
        </Text>
      ))}
      {lines.length > 0 && (
        <div className={classes.diff}>
          {layout === 'unified' ? <Unified lines={lines} /> : <Sides lines={lines} />}
        </div>
      )}
      {more && (
        <Button variant="default" mt={4} onClick={() => setLimit((now) => now + STEP)}>
          Show more lines
        </Button>
      )}
    </>
  );
}

function Unified({ lines }: { lines: readonly DiffLine[] }) {
  return lines.map((line, index) => (
    <div
      // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name but their place
      key={index}
      className={classes.line}
      data-kind={line.kind}
      data-before={line.before ?? ''}
      data-after={line.after ?? ''}
    >
      <Words line={line} />
    </div>
  ));
}

function Sides({ lines }: { lines: readonly DiffLine[] }) {
  const rows = useMemo(() => sideBySide(lines), [lines]);
  return (
    <div className={classes.sides}>
      {rows.map(({ before, after }, index) =>
        before !== null && before.kind === after?.kind && before.kind !== 'same' && before.before === null ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name but their place
          <div key={index} className={classes.whole} data-kind={before.kind}>
            <Words line={before} />
          </div>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name but their place
          <div key={index} className={classes.row}>
            <Side line={before} number={before?.before ?? null} />
            <Side line={after} number={after?.after ?? null} />
          </div>
        ),
      )}
    </div>
  );
}

function Side({ line, number }: { line: DiffLine | null; number: number | null }) {
  if (line === null) return <div className={classes.side} data-kind="nothing" />;
  return (
    <div className={classes.side} data-kind={line.kind} data-number={number ?? ''}>
      <Words line={line} />
    </div>
  );
}

const SIGN: Record<DiffLine['kind'], string> = { same: ' ', added: '+', removed: '-', hunk: '', note: '' };

/** A line with its sign; a carriage return at its end is shown, since lines may differ in it alone. */
function Words({ line: { kind, text, cut } }: { line: DiffLine }) {
  const returned = text.endsWith('\r');
  return (
    <>
      {SIGN[kind]}
      {visible(returned ? text.slice(0, -1) : text)}
      {returned && <span className={classes.quiet}>␍</span>}
      {cut > 0 && <span className={classes.quiet}> … {count(cut, 'character')} more</span>}
    </>
  );
}
