import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { visible } from '../../../contracts/hidden-text.ts';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { TextDialog } from '../text-dialog.tsx';
import { ArgumentsDialog } from './arguments-dialog.tsx';
import { ConflictActions } from './conflict-actions.tsx';
import { ReviewActions } from './review-actions.tsx';

type Approval = Schemas['Approval'];
type Body = Schemas['DecisionBody'];

/** What the buttons say, by what waits. Those that are missing are not offered. */
type Decided = Exclude<Approval['kind'], 'review' | 'budget' | 'provider' | 'conflict'>;
const WORDS: Record<Decided, { approve?: string; answer?: string; deny: string }> = {
  plan: { approve: 'Approve', deny: 'Reject' },
  gate: { approve: 'Approve', deny: 'Reject' },
  tool_call: { approve: 'Allow', deny: 'Deny' },
  question: { answer: 'Answer', deny: 'Decline' },
  human_task: { answer: 'Complete', deny: 'Skip' },
};

/**
 * The buttons that settle what waits for a person: approve, answer, deny; of a tool's call its arguments, to be edited; of
 * work that does not merge what can become of it; of what went wrong the commands that can be given.
 */
export function Decision({ approval }: { approval: Approval }) {
  if (approval.kind === 'conflict') return <ConflictActions approval={approval} />;
  return approval.actions ? (
    <ReviewActions approval={approval} />
  ) : (
    <Answer approval={approval} kind={approval.kind as Decided} />
  );
}

function Answer({ approval, kind }: { approval: Approval; kind: Decided }) {
  const { job_id, approval_id } = approval;
  const [asks, setAsks] = useState<'answer' | 'deny' | 'arguments' | null>(null);
  const { run, busy } = useCommand<Body>({
    job_id,
    send: (body) =>
      dataOf(
        api.POST('/orchestrate/{job_id}/approvals/{approval_id}', {
          params: { path: { job_id, approval_id } },
          body,
        }),
      ),
    onDone: () => setAsks(null),
  });
  const { approve, answer, deny } = WORDS[kind];
  const about = approval.task_id ?? (kind === 'plan' ? 'the plan' : 'it');
  return (
    <Group gap={6} wrap="nowrap">
      {kind === 'plan' && (
        <Button component={Link} href={`/ui/jobs/${job_id}/plan`} variant="default" size="compact-xs">
          View plan
        </Button>
      )}
      {approval.arguments !== null && (
        <Button variant="default" size="compact-xs" onClick={() => setAsks('arguments')}>
          Arguments
        </Button>
      )}
      {approve !== undefined && (
        <Button
          size="compact-xs"
          loading={busy}
          aria-label={`${approve} ${about}`}
          onClick={() => run({ decision: 'approve' })}
        >
          {approve}
        </Button>
      )}
      {answer !== undefined && (
        <Button size="compact-xs" aria-label={`${answer} ${about}`} onClick={() => setAsks('answer')}>
          {answer}
        </Button>
      )}
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`${deny} ${about}`}
        onClick={() => setAsks('deny')}
      >
        {deny}
      </Button>
      <TextDialog
        opened={asks === 'answer'}
        title={visible(approval.prompt.split('\n')[0] ?? '')}
        label={kind === 'question' ? 'Your answer' : 'Result'}
        action={answer ?? ''}
        busy={busy}
        onClose={() => setAsks(null)}
        onSubmit={(text) => run({ decision: 'approve', answer: text })}
      />
      <TextDialog
        opened={asks === 'deny'}
        title={`${deny} ${about}`}
        label="Reason (optional)"
        action={deny}
        optional
        danger
        busy={busy}
        onClose={() => setAsks(null)}
        onSubmit={(text) => run({ decision: 'deny', ...(text === '' ? {} : { reason: text }) })}
      />
      <ArgumentsDialog
        approval={approval}
        opened={asks === 'arguments'}
        busy={busy}
        onClose={() => setAsks(null)}
        onAllow={(edited) => run({ decision: 'approve', ...(edited ? { arguments: edited } : {}) })}
      />
    </Group>
  );
}
