import type { Schemas } from '../../../client/client.ts';

type Job = Schemas['Job'];
type Artifact = Schemas['Artifact'];
type Verdict = Schemas['CriterionVerdict']['verdict'];

/** A criterion in two jobs; null where a job has none of that text. */
export interface VerdictPair {
  text: string;
  here: Verdict | null;
  there: Verdict | null;
}

/** The criteria of two jobs, by their text: ids differ from plan to plan. */
export function pairVerdicts(here: Job['criteria'], there: Job['criteria']): VerdictPair[] {
  const verdictIn = (criteria: Job['criteria'], text: string) =>
    criteria.find((one) => one.text === text)?.verdict ?? null;
  const texts = new Set([...here, ...there].map(({ text }) => text));
  return [...texts].map((text) => ({ text, here: verdictIn(here, text), there: verdictIn(there, text) }));
}

/** An artifact that two jobs do not have in common; one of the two is null where a job has none of that name. */
export interface ArtifactPair {
  task_id: string | null;
  name: string;
  here: Artifact | null;
  there: Artifact | null;
}

/** The artifacts that differ, by task and name, and how many are the same. */
export function compareArtifacts(
  here: readonly Artifact[],
  there: readonly Artifact[],
): { differ: ArtifactPair[]; same: number } {
  const [ours, theirs] = [byName(here), byName(there)];
  const all = new Set([...ours.keys(), ...theirs.keys()]);
  const pairs = [...all].map((key) => {
    const [one, other] = [ours.get(key) ?? null, theirs.get(key) ?? null];
    const { task_id, name } = (one ?? other)!;
    return { task_id, name, here: one, there: other };
  });
  const differ = pairs.filter(({ here, there }) => here?.sha256 !== there?.sha256);
  return { differ, same: pairs.length - differ.length };
}

/** Jobs that were begun before this one, those of the same title first, else the newest first. */
export function earlierJobs(
  job: Pick<Job, 'job_id' | 'title' | 'created_at'>,
  jobs: readonly Schemas['JobListItem'][],
): { alike: Schemas['JobListItem'][]; others: Schemas['JobListItem'][] } {
  const earlier = jobs.filter(
    ({ job_id, created_at }) => job_id !== job.job_id && created_at <= job.created_at,
  );
  return {
    alike: earlier.filter(({ title }) => title === job.title),
    others: earlier.filter(({ title }) => title !== job.title),
  };
}

/** Of several of one name the last counts. */
const byName = (artifacts: readonly Artifact[]): Map<string, Artifact> =>
  new Map(artifacts.map((artifact) => [JSON.stringify([artifact.task_id, artifact.name]), artifact]));
