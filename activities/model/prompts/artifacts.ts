import { isUtf8 } from 'node:buffer';
import type { Artifact, DependencyResult } from '../../../contracts/artifact.ts';
import { clipped, fenced, joined } from './data.ts';

/** Reads the bytes of an artifact. */
export type ReadArtifact = (artifact: Artifact) => Promise<Buffer>;

/** Artifacts whose text one prompt shows, and the size of those that are read at all. */
const MAX_SHOWN = 100;
const MAX_BYTES = 8_000_000;

/** A text artifact that a prompt can show. */
interface Shown {
  task_id: string;
  artifact: Artifact;
  text: string;
}

/** The text of what the tasks left: no binaries, nothing huge, and of very many the latest. Each content once. */
export async function textArtifacts(
  results: readonly DependencyResult[],
  readArtifact: ReadArtifact,
): Promise<Shown[]> {
  const all = results.flatMap(({ task_id, artifacts }) =>
    artifacts.map((artifact) => ({ task_id, artifact })),
  );
  const distinct = all.filter(
    ({ artifact }, index) => all.findLastIndex((other) => isSame(other.artifact, artifact)) === index,
  );
  const small = distinct.filter(({ artifact }) => artifact.size_bytes <= MAX_BYTES && mayBeText(artifact));
  const shown: Shown[] = [];
  for (const one of small.slice(-MAX_SHOWN)) {
    const bytes = await readArtifact(one.artifact);
    if (bytes.length > 0 && isUtf8(bytes) && !bytes.includes(0)) {
      shown.push({ ...one, text: bytes.toString('utf8') });
    }
  }
  return shown;
}

/** Each under a line that says whose it is, fenced as data. */
export const describeArtifacts = (shown: readonly Shown[], limit: number): string =>
  joined(
    ...shown.map(({ task_id, artifact, text }) =>
      joined(
        `### An artifact of task \`${task_id}\``,
        fenced(`artifact ${artifact.name} of task ${task_id}`, clipped(text, limit)),
      ),
    ),
  );

const isSame = (a: Artifact, b: Artifact): boolean => a.name === b.name && a.sha256 === b.sha256;

const BINARY = /^(image\/(?!svg)|audio\/|video\/|font\/)|^application\/(zip|gzip|pdf|x-tar|wasm)/;

const mayBeText = ({ media_type }: Artifact): boolean => !BINARY.test(media_type);
