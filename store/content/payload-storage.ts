import { type DataConverter, ExternalStorage, type Payload, StorageDriverClaim } from '@temporalio/common';
import { jobIdOfWorkflow } from '../../contracts/names.ts';
import type { Contents } from './contents.ts';
import { payloadHolder } from './refs.ts';

/**
 * Bytes of a value that travel through Temporal as they are: inputs, results, signals, updates, the state of a job that
 * continues. Temporal itself warns of 256 KB and takes no more than 2 MB.
 */
export const INLINE_PAYLOAD_BYTES = 200_000;

/** How Temporal's converter names what it has written as JSON. */
const JSON_ENCODING = 'json/plain';

/**
 * Where everything that is too large for a history lies: the content store holds it for its job, and the history has its
 * hash. Whatever speaks to Temporal about jobs (workers, API, tests) goes by it; workflow code sees whole values.
 *
 * What belongs to no job stays as it is, and so does what has more metadata than its encoding: answers of queries, and
 * what goes to workers of others, say so by KEPT_IN_HISTORY.
 */
export function payloadStorage(contents: Pick<Contents, 'putContent' | 'getContent'>): DataConverter {
  const driver = {
    name: 'contents',
    type: 'orchestrator.contents',
    async store({ target }: Target, payloads: Payload[]): Promise<StorageDriverClaim[]> {
      const job_id = payloadHolder(jobIdOfWorkflow(target?.id ?? '')!);
      const claims: StorageDriverClaim[] = [];
      for (const { data } of payloads) {
        const { sha256 } = await contents.putContent({
          job_id,
          source: Buffer.from(data!.buffer, data!.byteOffset, data!.length),
        });
        claims.push(new StorageDriverClaim({ sha256 }));
      }
      return claims;
    },
    retrieve: (_context: unknown, claims: StorageDriverClaim[]): Promise<Payload[]> =>
      Promise.all(
        claims.map(async ({ claimData }) => ({
          metadata: { encoding: Buffer.from(JSON_ENCODING) },
          data: await contents.getContent(claimData.sha256 ?? ''),
        })),
      ),
  };
  const driverSelector = ({ target }: Target, payload: Payload) =>
    isJson(payload) && jobIdOfWorkflow(target?.id ?? '') !== null ? driver : null;
  return {
    externalStorage: new ExternalStorage({
      drivers: [driver],
      driverSelector,
      payloadSizeThreshold: INLINE_PAYLOAD_BYTES,
    }),
  };
}

/** Whose a payload is: the workflow that it goes to or comes from. */
interface Target {
  target?: { id?: string };
}

function isJson({ metadata, data }: Payload): boolean {
  const [name, ...others] = Object.keys(metadata ?? {});
  if (name !== 'encoding' || others.length > 0 || !data) return false;
  return Buffer.from(metadata!.encoding!).toString() === JSON_ENCODING;
}
