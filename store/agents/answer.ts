import type { Artifact } from '../../contracts/artifact.ts';
import type { TaskResult } from '../../contracts/attempt.ts';
import type { AgentAnswer, AgentArtifact } from '../../contracts/http-agent.ts';
import type { Store } from '../index.ts';

/**
 * Stores what an agent over HTTP answered, at once or at its callback address. An artifact that is given by its
 * address is kept as that address (RFC 2483, `text/uri-list`): nothing is fetched.
 */
export async function storeAgentAnswer(
  store: Pick<Store, 'artifactOf' | 'toOutput'>,
  { job_id, task_id, answer }: { job_id: string; task_id: string; answer: AgentAnswer },
): Promise<TaskResult> {
  const output = await store.toOutput({ job_id, text: answer.output, data: answer.outputs ?? null });
  const artifacts: Artifact[] = [];
  for (const artifact of answer.artifacts) {
    artifacts.push(await store.artifactOf({ job_id, task_id, name: artifact.name, ...contentOf(artifact) }));
  }
  return { output, artifacts };
}

function contentOf(artifact: AgentArtifact): { media_type: string; source: string | Buffer } {
  const { media_type, content, content_base64, url } = artifact;
  if (content_base64 !== undefined) {
    return {
      media_type: media_type ?? 'application/octet-stream',
      source: Buffer.from(content_base64, 'base64'),
    };
  }
  if (url !== undefined) return { media_type: 'text/uri-list', source: `${url}\r\n` };
  return { media_type: media_type ?? 'text/plain; charset=utf-8', source: content ?? '' };
}
