import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Checked, Committed } from '../../contracts/repository/work.ts';
import {
  isWanted,
  narrowCandidate,
  putCandidateBack,
  queueWork,
  takeCandidate,
} from '../../core/repository/queue.ts';
import { workFailed, workLanded } from '../../core/repository/settle-candidate.ts';
import { startWork } from '../../core/repository/start.ts';
import { newRepositoryState, type QueuedWork } from '../../core/repository/state.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { approvedJob, taskOf } from './samples.ts';

/** A piece of work: what it touches, and whether it breaks the check, alone or with another piece. */
interface Piece {
  files: number[];
  bad: boolean;
  /** with the piece of that number it breaks the check; each alone is good */
  clashes: number | null;
  /** what becomes of its task while it waits */
  fate: 'stays' | 'skipped' | 'restarted';
}

const piece = fc.record<Piece>({
  files: fc.uniqueArray(fc.nat(12), { maxLength: 4 }),
  bad: fc.boolean(),
  clashes: fc.option(fc.nat(11)),
  fate: fc.constantFrom('stays', 'stays', 'stays', 'stays', 'skipped', 'restarted'),
});

/** When a piece is handed in, and when the candidate under way is given up: by numbers of steps. */
const history = fc.record<History>({
  pieces: fc.array(piece, { minLength: 1, maxLength: 12 }),
  order: fc.array(fc.nat(11), { maxLength: 12 }),
  interrupted: fc.array(fc.boolean(), { maxLength: 20 }),
  check: fc.boolean(),
});

interface History {
  pieces: Piece[];
  order: number[];
  interrupted: boolean[];
  check: boolean;
}

const idOf = (index: number) => `t${index}`;
const shaOf = (index: number) => `sha-${index}`;

function jobOf(pieces: readonly Piece[], check: boolean): JobState {
  const state = approvedJob(pieces.map((_, index) => taskOf(idOf(index))));
  const spec = { location: '/r', base_branch: null, commands: {}, avoid_conflicts: true, deliver: null };
  const repository = newRepositoryState(state.job_id, spec);
  repository.base = { branch: 'main', sha: 'base', bundle: null, overview_ref: '' };
  repository.head_sha = 'base';
  if (check) repository.commands.check = { command: 'npm test', source: 'found' };
  state.repository = repository;
  for (const task of Object.values(state.tasks)) {
    Object.assign(task, { status: 'running', generation: 1, attempt: 1, holds_slot: true });
    startWork(state, task);
  }
  return state;
}

const committed = (index: number, { files }: Piece): Committed => ({
  head_sha: shaOf(index),
  commits: 1,
  ...{ files_changed: files.length, insertions: 1, deletions: 0, ignored_files: 0 },
  files: files.map(String),
  bundle_ref: null,
  warnings: [],
});

const verdict = (passed: boolean): Checked => ({
  passed,
  how: passed ? 'exit code 0' : 'exit code 1',
  ...{ tail: 'out', log_ref: 'log', seconds: 1, flaky: false, definition_changed: [] },
});

const numberOf = ({ task_id }: { task_id: string }) => Number(task_id.slice(1));

/** Plays a history to its end, and tells what landed, in order, what was answered, and how often was checked. */
function play({ pieces, order, interrupted, check }: History) {
  const state = jobOf(pieces, check);
  const landed: number[] = [];
  const answered: { task: number; merge: string }[] = [];
  let checks = 0;
  const waiting = [...new Set(order.filter((index) => index < pieces.length))];
  pieces.forEach((_, index) => {
    if (!waiting.includes(index)) waiting.push(index);
  });
  const say = (answers: { task_id: string; answer: { merge: string } }[]) => {
    for (const one of answers) answered.push({ task: numberOf(one), merge: one.answer.merge });
  };
  const handIn = () => {
    const index = waiting.shift();
    if (index === undefined) return;
    const work = {
      task_id: idOf(index),
      generation: 1,
      attempt: 1,
      committed: committed(index, pieces[index]!),
    };
    say(queueWork(state, work).answers);
    expect(queueWork(state, work)).toEqual({ events: [], answers: [] }); // a repetition changes nothing
    const task = state.tasks[idOf(index)]!;
    if (pieces[index]!.fate === 'skipped') task.stop = 'skip';
    if (pieces[index]!.fate === 'restarted') task.generation += 1;
  };
  const isGood = (inIt: readonly number[]) =>
    inIt.every((index) => {
      const { bad, clashes } = pieces[index]!;
      return !bad && !(clashes !== null && clashes !== index && inIt.includes(clashes));
    });
  handIn();
  for (let step = 0; ; step += 1) {
    expect(step).toBeLessThan(400);
    const parts = takeCandidate(state);
    if (parts === null) {
      if (waiting.length === 0) break;
      handIn();
      continue;
    }
    expect(takeCandidate(state)).toBeNull(); // one at a time
    expect(parts.every((part) => part.generation === state.tasks[part.task_id]!.generation)).toBe(true);
    handIn();
    if (interrupted[step]) {
      putCandidateBack(state);
      continue;
    }
    if (!isWanted(state, parts)) {
      putCandidateBack(state);
      continue;
    }
    narrowCandidate(state, parts);
    const numbers = parts.map(numberOf);
    const good = isGood([...landed, ...numbers]);
    if (check) checks += 1;
    const passed = !check || good;
    if (!passed) say(workFailed(state, parts, verdict(false)).answers);
    else {
      const fence = state.repository!.fence;
      const head_sha = `head-${landed.length + parts.length}`;
      const change = { files_changed: 1, insertions: 1, deletions: 0, patch_ref: 'p', stat_ref: 's' };
      say(
        workLanded(state, parts, { head_sha, head_bundle: 'b', ...change }, check ? verdict(true) : null)
          .answers,
      );
      landed.push(...numbers);
      if (check) expect(isGood(landed)).toBe(true);
      expect(state.repository!.head_sha).toBe(head_sha);
      expect(state.repository!.fence).toBe(fence + 1);
    }
  }
  return { state, landed, answered, checks };
}

test('everything that is handed in and still wanted is answered once; what landed was good together', () => {
  fc.assert(
    fc.property(history, (given) => {
      const { state, landed, answered } = play(given);
      expect(state.repository!.queue).toEqual([]);
      expect(state.repository!.candidate).toBeNull();
      const wanted = given.pieces.flatMap(({ fate }, index) => (fate === 'stays' ? [index] : []));
      expect(answered.map(({ task }) => task).sort()).toEqual(wanted.sort());
      expect(new Set(landed).size).toBe(landed.length);
      for (const { task, merge } of answered) expect(merge).toBe(landed.includes(task) ? 'landed' : 'again');
      expect(state.repository!.landed).toBe(landed.length);
    }),
    { numRuns: 500 },
  );
});

test('work that breaks nothing always lands, and what is taken back fails on top of what had landed', () => {
  fc.assert(
    fc.property(history, (given) => {
      const { landed, answered } = play(given);
      const clashing = new Set(
        given.pieces.flatMap(({ clashes }, index) =>
          clashes === null || clashes === index ? [] : [index, clashes],
        ),
      );
      for (const { task, merge } of answered) {
        const { bad } = given.pieces[task]!;
        if (!given.check || (!bad && !clashing.has(task))) expect(merge).toBe('landed');
        if (given.check && bad) expect(landed).not.toContain(task);
      }
    }),
    { numRuns: 500 },
  );
});

test('without trouble it is merged in the order in which it was handed in', () => {
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), (pieces) => {
      const calm = pieces.map((one): Piece => ({ files: [1], bad: false, clashes: null, fate: one.fate }));
      const { landed } = play({ pieces: calm, order: [], interrupted: [], check: true });
      expect(landed).toEqual([...landed].sort((a, b) => a - b));
    }),
  );
});

test('what breaks the check among n is found in few checks', () => {
  const files = (index: number) => [index];
  for (const bad of [0, 3, 7]) {
    const pieces = Array.from(
      { length: 8 },
      (_, index): Piece => ({ files: files(index), bad: index === bad, clashes: null, fate: 'stays' }),
    );
    const state = jobOf(pieces, true);
    pieces.forEach((one, index) => {
      queueWork(state, { task_id: idOf(index), generation: 1, attempt: 1, committed: committed(index, one) });
    });
    let checks = 0;
    for (let parts: QueuedWork[] | null = takeCandidate(state); parts; parts = takeCandidate(state)) {
      checks += 1;
      const change = { files_changed: 1, insertions: 1, deletions: 0, patch_ref: 'p', stat_ref: 's' };
      if (parts.some((part) => numberOf(part) === bad)) workFailed(state, parts, verdict(false));
      else workLanded(state, parts, { head_sha: `h${checks}`, head_bundle: 'b', ...change }, verdict(true));
    }
    expect(state.tasks[idOf(bad)]!.work!.merge).toBe('taken_back');
    expect(state.repository!.landed).toBe(7);
    expect(checks).toBeLessThanOrEqual(8);
  }
});
