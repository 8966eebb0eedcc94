import { Alert, Anchor, Button, Group, Loader, Select, Text } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { ApiError } from '../../../client/errors.ts';
import { visible } from '../../../contracts/hidden-text.ts';
import { count, duration, words } from '../../components/format.ts';
import { LazyGraph } from '../../components/graph/lazy-graph.tsx';
import { Page } from '../../components/page.tsx';
import { Problem } from '../../components/problem.tsx';
import { Reading } from '../../components/reading.tsx';
import { Status } from '../../components/status.tsx';
import { HiddenWarning } from '../../components/text/hidden-warning.tsx';
import { usePhone } from '../../components/use-phone.ts';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import { useCommand } from '../../data/command.ts';
import { useJob, usePlan } from '../../data/jobs.ts';
import { useLiveJob } from '../../data/live-job.ts';
import { isSame, planDiff, toChange } from './diff.ts';
import { DiffView } from './diff-view.tsx';
import { newTask, withEdge, withoutTask, withTask } from './draft.ts';
import classes from './plan.module.css';
import { PlanActions } from './plan-actions.tsx';
import { PlanOverview } from './plan-overview.tsx';
import { PlanTasks } from './plan-tasks.tsx';
import { RepositoryCommands } from './repository-commands.tsx';
import { TaskDetails } from './task-details.tsx';
import { TaskEditor } from './task-editor.tsx';
import { useDraft } from './use-draft.ts';

type Task = Schemas['Task'];

/** The plan of a job as a picture: read, edited, compared, approved. */
export default function PlanPage() {
  const { job_id } = useParams<{ job_id: string }>();
  useLiveJob(job_id);
  const job = useJob(job_id);
  const plan = usePlan(job_id, 'latest');
  return (
    <Reading of={job}>
      {(view) => (
        <Reading of={plan}>
          {(latest) =>
            latest === null ? <NoPlan job={view} /> : <PlanView key={job_id} job={view} plan={latest} />
          }
        </Reading>
      )}
    </Reading>
  );
}

function NoPlan({ job }: { job: Schemas['Job'] }) {
  return (
    <Page title={job.title} beside={<Status status={job.status} />}>
      {job.status === 'planning' ? (
        <>
          <Group gap="xs">
            <Loader size="xs" aria-hidden />
            <Text role="status">Planning…</Text>
          </Group>
          <RepositoryCommands job={job} />
        </>
      ) : (
        <Text>There is no plan. {visible(job.error?.message ?? '')}</Text>
      )}
    </Page>
  );
}

function PlanView({ job, plan }: { job: Schemas['Job']; plan: Schemas['Plan'] }) {
  const { job_id } = job;
  const [, navigate] = useLocation();
  const [draft, setDraft] = useDraft(job_id);
  const [selected, setSelected] = useState<string | null>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const against = chosen ?? plan.version - 1;
  const [refused, setRefused] = useState<ApiError | null>(null);
  const other = usePlan(job_id, against, against >= 1).data;
  const tasks = draft?.tasks ?? plan.tasks;
  const task = tasks.find((one) => one.task_id === selected);
  const diff = draft && planDiff(draft.base.tasks, draft.tasks);
  const waits = job.status === 'awaiting_approval';
  const onFailure = (error: Error) => {
    if (!(error instanceof ApiError) || error.status === 401) return false;
    setRefused(named(error, tasks));
    return true;
  };
  const save = useCommand({
    job_id,
    done: `Saved as version ${(draft?.base.version ?? plan.version) + 1}`,
    onFailure,
    onDone: () => {
      setDraft(null);
      setRefused(null);
      setChosen(null);
    },
    send: () => {
      if (draft === null || diff === null) return Promise.resolve();
      const params = { path: { job_id }, header: { 'If-Match': `"${draft.base.version}"` } };
      return waits
        ? dataOf(
            api.PUT('/orchestrate/{job_id}/plan', { params, body: { ...draft.base, tasks: draft.tasks } }),
          )
        : dataOf(api.PATCH('/orchestrate/{job_id}/plan', { params, body: toChange(diff, draft.tasks) }));
    },
  });
  const edit = (change: (tasks: Task[]) => Task[]) =>
    setDraft((now) => ({ base: now?.base ?? plan, tasks: change(now?.tasks ?? plan.tasks) }));
  const select = useCallback((id: string) => setSelected((now) => (now === id ? null : id)), []);
  const connect = useCallback(
    (from: string, to: string) => setDraft((now) => now && { ...now, tasks: withEdge(now.tasks, from, to) }),
    [setDraft],
  );
  const conflicts = useMemo(
    () =>
      new Map(
        job.file_conflicts.flatMap(({ file, task_ids }) =>
          task_ids.map((id) => [id, `${file}: ${task_ids.join(', ')}`]),
        ),
      ),
    [job.file_conflicts],
  );
  const boxes = useMemo(
    () =>
      tasks.map((one) => ({
        task_id: one.task_id,
        title: one.title,
        agent: one.agent ?? (one.capabilities?.join(', ') || 'any agent'),
        depends_on: one.depends_on ?? [],
        note: `${one.approval === 'required' ? 'gate · ' : ''}${duration(one.estimated_seconds ?? 60)}`,
        warning: conflicts.get(one.task_id) ?? null,
      })),
    [tasks, conflicts],
  );
  const phone = usePhone();
  const stale = draft !== null && draft.base.version !== plan.version;
  const mayEdit = job.finished_at === null && job.status !== 'planning';
  return (
    <Page
      title={job.title}
      beside={<Status status={job.status} partial={job.partial} />}
      actions={
        draft === null ? (
          <>
            <PlanActions
              job={job}
              version={plan.version}
              onFailure={onFailure}
              onApproved={() => navigate(`/ui/jobs/${job_id}`)}
            />
            {mayEdit && (
              <Button variant="default" onClick={() => setDraft({ base: plan, tasks: plan.tasks })}>
                Edit
              </Button>
            )}
          </>
        ) : (
          <>
            <Button
              loading={save.busy}
              disabled={diff === null || isSame(diff) || stale}
              onClick={() => save.run()}
            >
              Save as version {draft.base.version + 1}
            </Button>
            <Button
              variant="default"
              onClick={() => {
                const task = newTask(draft.tasks);
                edit((all) => [...all, task]);
                setSelected(task.task_id);
              }}
            >
              Add a task
            </Button>
            <Button
              variant="default"
              onClick={() => {
                setDraft(null);
                setRefused(null);
              }}
            >
              Discard changes
            </Button>
          </>
        )
      }
    >
      <Group gap="lg" mb="sm" className={classes.facts}>
        <span>
          Version {plan.version}, {words(plan.source)}
        </span>
        <span>{count(tasks.length, 'task')}</span>
        <Anchor component={Link} href={`/ui/jobs/${job_id}`} size="sm">
          View job
        </Anchor>
        {plan.version > 1 && draft === null && (
          <Select
            aria-label="Compare with version"
            data={Array.from({ length: plan.version - 1 }, (_, index) => ({
              value: String(index + 1),
              label: `Compare with version ${index + 1}`,
            }))}
            allowDeselect={false}
            value={String(Math.max(1, against))}
            onChange={(value) => setChosen(Number(value))}
            w={190}
          />
        )}
      </Group>
      {refused !== null && (
        <div style={{ marginBottom: 8 }}>
          <Problem
            error={refused}
            title={refused.code === 'stale_version' ? 'Somebody else saved a newer version' : 'Refused'}
          />
        </div>
      )}
      {stale && (
        <Alert color="orange" variant="outline" p="xs" mb="xs" role="alert">
          <Group justify="space-between">
            Version {plan.version} was saved meanwhile; you are editing version {draft.base.version}.
            <Button variant="default" onClick={() => setDraft(null)}>
              Go to version {plan.version}
            </Button>
          </Group>
        </Alert>
      )}
      <HiddenWarning of={[job.title, { ...plan, tasks: [] }, ...tasks]} />
      <div className={classes.split}>
        {!phone && (
          <div className={classes.picture}>
            <LazyGraph
              tasks={boxes}
              critical={draft === null ? job.critical_path : []}
              selected={selected}
              onSelect={select}
              {...(draft === null ? {} : { onConnect: connect })}
              label="Tasks of the plan and what they depend on"
            />
          </div>
        )}
        <aside className={classes.side} aria-label="About the plan">
          {task !== undefined && draft !== null && (
            <TaskEditor
              key={task.task_id}
              task={task}
              tasks={tasks}
              criteria={plan.acceptance_criteria}
              onChange={(change) => edit((all) => withTask(all, task.task_id, change))}
              onDrop={() => {
                edit((all) => withoutTask(all, task.task_id));
                setSelected(null);
              }}
            />
          )}
          {task !== undefined && draft === null && (
            <TaskDetails task={task} conflict={conflicts.get(task.task_id) ?? null} />
          )}
          {diff !== null && !isSame(diff) && <DiffView diff={diff} title="Your changes" />}
          {task === undefined && <RepositoryCommands job={job} />}
          {task === undefined && <PlanTasks tasks={tasks} onSelect={select} />}
          {task !== undefined && (
            <Button variant="default" mt="sm" onClick={() => setSelected(null)}>
              All tasks
            </Button>
          )}
          {task === undefined && <PlanOverview plan={plan} />}
          {draft !== null && task === undefined && (
            <Text c="dimmed">
              Select a task to edit it. Drag from one box to another to add a dependency.
            </Text>
          )}
          {draft === null && task === undefined && other && (
            <DiffView diff={planDiff(other.tasks, plan.tasks)} title={`Since version ${other.version}`} />
          )}
        </aside>
      </div>
    </Page>
  );
}

/** Fields of the plan that are wrong, by the ids of their tasks instead of their places. */
function named(error: ApiError, tasks: readonly Task[]): ApiError {
  const fields = error.fields.map(({ path, issue }) => ({
    path: path.replace(/^tasks\.(\d+)/, (whole, index) => tasks[Number(index)]?.task_id ?? whole),
    issue,
  }));
  return new ApiError(error.status, { code: error.code, message: error.message, fields });
}
