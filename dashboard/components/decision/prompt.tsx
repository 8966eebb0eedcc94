import { Spoiler } from '@mantine/core';
import { visible } from '../../../contracts/hidden-text.ts';
import type { Schemas } from '../../data/api.ts';
import { HiddenWarning } from '../text/hidden-warning.tsx';
import { LazyMarkdown } from '../text/lazy-markdown.tsx';
import classes from '../text/text.module.css';
import { ConflictText } from './conflict-text.tsx';

/** What is asked, the whole of it: its first line, and the rest, of which a long one is opened by a button. */
export function Prompt({ approval }: { approval: Schemas['Approval'] }) {
  const { prompt, kind, arguments: given } = approval;
  if (kind === 'conflict') return <ConflictText approval={approval} />;
  const [first = '', ...rest] = prompt.trim().split('\n');
  const body = rest.join('\n').trim();
  return (
    <>
      {visible(first)}
      <HiddenWarning of={[prompt, given]} />
      {body !== '' && (
        <Spoiler maxHeight={132} showLabel="Show all" hideLabel="Show less" fz="sm" mt={4}>
          {WRITTEN[kind] ? (
            <LazyMarkdown>{body}</LazyMarkdown>
          ) : (
            <div className={classes.plain}>{visible(body)}</div>
          )}
        </Spoiler>
      )}
    </>
  );
}

/** Whether somebody wrote the text, and did not just print it. */
const WRITTEN: Partial<Record<Schemas['Approval']['kind'], boolean>> = {
  plan: true,
  gate: true,
  question: true,
  human_task: true,
};
