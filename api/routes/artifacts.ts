import { z } from 'zod';
import { Artifact } from '../../contracts/artifact.ts';
import type { Api } from '../access/caller.ts';
import { CONTENT_REQUEST_HEADERS, sendContent } from '../content.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { notFound } from '../errors.ts';
import { readArtifacts } from '../jobs/results.ts';
import { jobParams, OtherId } from './params.ts';

const Artifacts = z.object({ artifacts: z.array(Artifact) }).meta({ id: 'Artifacts' });
const Bytes = z.string().meta({ format: 'binary' });

/** `GET /orchestrate/{job_id}/artifacts` and their contents */
export function artifactRoutes(api: Api, deps: ApiDeps): void {
  const tag = 'Artifacts';
  const errors = ['no_worker', 'temporal_unreachable'] as const;
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/{job_id}/artifacts',
      operation_id: 'listArtifacts',
      tag,
      summary: 'The named outputs of the job and its tasks',
      params: jobParams,
      answers: { 200: { description: 'the artifacts', schema: Artifacts } },
      errors,
    },
    async (c, { params }) => c.json({ artifacts: await readArtifacts(deps, c.get('sees'), params.job_id) }),
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/{job_id}/artifacts/{artifact_id}',
      operation_id: 'readArtifact',
      tag,
      summary: 'The content of an artifact, or a range of it',
      params: { ...jobParams, artifact_id: OtherId },
      headers: CONTENT_REQUEST_HEADERS,
      answers: {
        200: { description: 'the content', media: { '*/*': Bytes }, headers: { ETag: 'its SHA-256' } },
        206: {
          description: 'the range',
          media: { '*/*': Bytes },
          headers: { 'Content-Range': 'which bytes' },
        },
        304: { description: 'it is what you have' },
      },
      errors: [...errors, 'range_not_satisfiable'],
    },
    async (c, { params: { job_id, artifact_id } }) => {
      const artifacts = await readArtifacts(deps, c.get('sees'), job_id);
      const artifact = artifacts.find((one) => one.artifact_id === artifact_id);
      if (artifact === undefined) notFound(`artifact '${artifact_id}' of this job`);
      return await sendContent(c, deps.store, artifact);
    },
  );
}
