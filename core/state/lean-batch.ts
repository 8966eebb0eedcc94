import type { JobEvent } from '../../contracts/event.ts';
import type { EndedPhase } from '../../contracts/phase.ts';

/** An event beside those before it: what is not here is as there, or follows from its place. */
type LeanEvent = Omit<JobEvent, 'seq' | 'job_id' | 'at' | 'data'> & Partial<Pick<JobEvent, 'at' | 'data'>>;

/** A phase beside the events of the batch: it ended with that of the `seq`. */
type LeanPhase = Pick<EndedPhase, 'seq' | 'phase' | 'began_at'> &
  Partial<Omit<EndedPhase, 'task_id'>> & {
    /** null: of none, though its event is of one */
    task_id?: string | null;
  };

/** Events of one job in a row, and the phases that ended with them, as histories hold them. */
export interface LeanBatch {
  job_id: string;
  first_seq: number;
  lean: LeanEvent[];
  phases?: LeanPhase[];
}

/** The same, whole. */
export interface Batch {
  events: JobEvent[];
  phases?: EndedPhase[];
}

/** @param events at least one, without a gap */
export function leanBatch(events: readonly JobEvent[], phases: readonly EndedPhase[]): LeanBatch {
  const { job_id, seq: first_seq } = events[0]!;
  return {
    job_id,
    first_seq,
    lean: events.map(({ seq: _, job_id: _job, at, data, ...rest }, index) => ({
      ...(at === events[index - 1]?.at ? {} : { at }),
      ...rest,
      ...(Object.keys(data).length > 0 ? { data } : {}),
    })),
    ...(phases.length > 0 ? { phases: phases.map((phase) => leanPhase(phase, events, first_seq)) } : {}),
  };
}

function leanPhase(phase: EndedPhase, events: readonly JobEvent[], first_seq: number): LeanPhase {
  const { seq, phase: name, began_at, round, dispatch, task_id, ended_at, outcome } = phase;
  const event = events[seq - first_seq];
  return {
    ...{ seq, phase: name, began_at },
    ...(round === 1 ? {} : { round }),
    ...(dispatch === 1 ? {} : { dispatch }),
    ...(task_id === event?.task_id ? {} : { task_id: task_id ?? null }),
    ...(ended_at === event?.at ? {} : { ended_at }),
    ...(outcome === 'done' ? {} : { outcome }),
  };
}

/** The whole of a batch; one of earlier versions is whole already. */
export function fullBatch(given: LeanBatch | Batch): Batch {
  if (!('lean' in given)) return given;
  const { job_id, first_seq, lean, phases } = given;
  let last = '';
  const events = lean.map(({ at = last, data = {}, ...rest }, index): JobEvent => {
    last = at;
    return { seq: first_seq + index, job_id, at, ...rest, data };
  });
  return {
    events,
    ...(phases ? { phases: phases.map((phase) => fullPhase(phase, events[phase.seq - first_seq])) } : {}),
  };
}

function fullPhase(lean: LeanPhase, event: JobEvent | undefined): EndedPhase {
  const { seq, phase, round = 1, dispatch = 1, began_at, outcome = 'done' } = lean;
  const { task_id = event?.task_id, ended_at = event!.at } = lean;
  return {
    ...{ seq, phase, round, dispatch },
    ...(task_id === undefined || task_id === null ? {} : { task_id }),
    ...{ began_at, ended_at, outcome },
  };
}
