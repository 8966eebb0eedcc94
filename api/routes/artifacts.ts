import { Readable } from 'node:stream';
import { z } from 'zod';
import { Artifact } from '../../contracts/artifact.ts';
import type { Api } from '../access/caller.ts';
import { contentHeaders, etagMatches, parseRange } from '../content.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { notFound, problemResponse } from '../errors.ts';
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
      headers: {
        Range: 'one range of bytes, for instance `bytes=0-1023`',
        'If-None-Match': 'the ETag of what is already there: 304',
        'If-Range': 'the ETag for which the range is meant',
      },
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
      const headers = contentHeaders(artifact);
      if (etagMatches(c.req.header('if-none-match'), artifact.sha256)) {
        return new Response(null, { status: 304, headers });
      }
      const ifRange = c.req.header('if-range');
      const meant = ifRange === undefined || ifRange.trim() === `"${artifact.sha256}"`;
      const range = meant ? parseRange(c.req.header('range'), artifact.size_bytes) : undefined;
      if (range === 'outside') return outside(artifact.size_bytes);
      const content = await deps.store.openContent(artifact.sha256, range);
      if (range) headers.set('content-range', `bytes ${range.start}-${range.end}/${artifact.size_bytes}`);
      const length = range ? range.end - range.start + 1 : artifact.size_bytes;
      headers.set('content-length', String(length));
      const body = Readable.toWeb(content) as ReadableStream<Uint8Array>;
      return new Response(body, { status: range ? 206 : 200, headers });
    },
  );
}

/** 416, with the size as RFC 9110 (section 15.5.17) asks for. */
const outside = (size: number): Response =>
  problemResponse(
    { code: 'range_not_satisfiable', message: `The content has ${size} bytes; the range lies outside.` },
    { 'content-range': `bytes */${size}` },
  );
