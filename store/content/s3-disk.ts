import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '../../contracts/error.ts';
import { type ByteRange, type ContentDisk, contentKey, removeLeftovers } from './disk.ts';

/** Where in S3 contents lie. */
export interface S3Location {
  bucket: string;
  /** '' or a path that ends with a slash */
  prefix: string;
  /** address the bucket by path and not by host name, as most S3 look-alikes need it */
  force_path_style: boolean;
}

/** Reads `s3://bucket/prefix?force_path_style=true`; throws a `validation` problem. */
export function parseS3Url(url: string): S3Location {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol !== 's3:' || !parsed.hostname) {
    throw new ProblemError({
      code: 'validation',
      message: 'ARTIFACTS_URL must look like s3://bucket/prefix, or name a folder.',
    });
  }
  const path = decodeURIComponent(parsed.pathname).replace(/^\/+|\/+$/g, '');
  return {
    bucket: parsed.hostname,
    prefix: path && `${path}/`,
    force_path_style: parsed.searchParams.get('force_path_style') === 'true',
  };
}

/**
 * Contents as objects of a bucket. Region, credentials and endpoint come from the AWS SDK's own environment
 * variables (AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL_S3, ...); older S3
 * look-alikes need AWS_REQUEST_CHECKSUM_CALCULATION=WHEN_REQUIRED, too. Throws a
 * `validation` problem when the SDK is not installed.
 */
export async function s3Disk(location: S3Location): Promise<ContentDisk> {
  const staging = join(tmpdir(), 'orchestrator-staging');
  await mkdir(staging, { recursive: true, mode: 0o700 });
  await removeLeftovers(staging);
  const driver = await openDriver(location);
  const key = (sha256: string) => location.prefix + contentKey(sha256);
  return {
    staging,
    store: (sha256, file, size_bytes) =>
      driver.putStream(key(sha256), createReadStream(file), { contentLength: size_bytes }),
    open: (sha256, range) => driver.getStream(key(sha256) + rangeSuffix(range)),
    async size(sha256) {
      if (!(await driver.exists(key(sha256)))) return null;
      return (await driver.getMetaData(key(sha256))).contentLength;
    },
    remove: (sha256) => driver.delete(key(sha256)),
  };
}

async function openDriver({ bucket, force_path_style }: S3Location) {
  const { S3Driver } = await import('flydrive/drivers/s3').catch((cause: unknown) => {
    const problem = new ProblemError({
      code: 'validation',
      message:
        'ARTIFACTS_URL names S3, and the AWS SDK is not installed. Run: ' +
        'npm install @aws-sdk/client-s3 @aws-sdk/s3-request-presigner',
    });
    problem.cause = cause;
    throw problem;
  });
  /** The driver knows no ranges: one travels behind the key (see {@link rangeSuffix}) to the request. */
  class RangedDriver extends S3Driver {
    protected override createGetObjectCommand(
      client: never,
      options: { Bucket: string | undefined; Key: string | undefined },
    ) {
      const [Key, Range] = (options.Key ?? '').split(RANGE_MARK);
      return super.createGetObjectCommand(client, { ...options, Key, ...(Range ? { Range } : {}) });
    }
  }
  // Buckets have access lists switched off unless told otherwise.
  return new RangedDriver({
    bucket,
    visibility: 'private',
    supportsACL: false,
    forcePathStyle: force_path_style,
  });
}

const RANGE_MARK = '\0';

/** An HTTP Range header behind the mark, https://www.rfc-editor.org/rfc/rfc9110#field.range */
function rangeSuffix(range?: ByteRange): string {
  return range ? `${RANGE_MARK}bytes=${range.start}-${range.end ?? ''}` : '';
}
