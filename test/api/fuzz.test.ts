import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closedJob, eventsOf } from '../store/samples.ts';
import { startApi, type TestApi } from './setup.ts';

// The real server answers, so that what gets past the checks goes all the way.
let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  await api.store.archiveJob(closedJob('closed', { owner: 'local' }));
  await api.store.appendEvents('local', eventsOf('closed', 1, 3));
});
afterAll(() => api.close());

/** Anything that Request can be made of at all. */
async function statusOf(
  method: string,
  path: string,
  init: RequestInit = {},
): Promise<number | 'impossible'> {
  let request: Request;
  try {
    request = new Request(`http://localhost${path}`, { method, ...init });
  } catch {
    return 'impossible';
  }
  const response = await api.app.request(request);
  await response.body?.cancel();
  return response.status;
}

const isFine = (status: number | 'impossible') => status === 'impossible' || status < 500;
const part = fc.oneof(
  fc.constantFrom(
    'closed',
    'unknown',
    '..',
    '%00',
    '%',
    '%ff',
    '__proto__',
    'constructor',
    ' ',
    "'",
    '"',
    '\\',
    '%F0%9F',
  ),
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc.string({ maxLength: 12 }).map(encodeURIComponent),
);
const known = fc.constantFrom(
  '/orchestrate/{}/status',
  '/orchestrate/{}',
  '/orchestrate/{}/plan?version={}',
  '/orchestrate/{}/events?after={}',
  '/orchestrate/{}/artifacts/{}',
  '/orchestrate/{}/task/{}/logs?tail={}&attempt={}',
  '/orchestrate/{}/task/{}/context',
  '/orchestrate/{}/ledger?format={}',
  '/usage?from={}&to={}&group_by={}&format={}',
  '/orchestrate/jobs?status={}&owner={}&limit={}&cursor={}',
  '/events?after={}&limit={}',
  '/v1/orchestrate/{}',
  '/v1/orchestrate/plans?status={}&limit={}',
  '/callbacks/{}',
  '/{}/{}/{}',
);
const path = fc.tuple(known, fc.array(part, { minLength: 4, maxLength: 4 })).map(([pattern, parts]) => {
  let next = 0;
  return pattern.replaceAll('{}', () => parts[next++] ?? '');
});
const headerValue = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom(
    'application/json',
    'bytes=1-',
    'bytes=-1',
    'wait=0',
    '"1"',
    '*',
    'text/plain',
    '0',
    'Bearer x',
  ),
);
const headers = fc.dictionary(
  fc.constantFrom(
    ...[
      'accept',
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'if-none-match',
      'if-range',
    ],
    ...['last-event-id', 'origin', 'prefer', 'range', 'x-forwarded-host', 'content-length'],
  ),
  headerValue,
  { maxKeys: 5 },
);

test('no path and no header gives a 500', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'PUT'),
      path,
      headers,
      async (method, at, sent) => {
        expect(await statusOf(method, at, { headers: sent })).toSatisfy(isFine);
      },
    ),
    { numRuns: 400 },
  );
});

const key = fc.constantFrom(
  ...[
    'title',
    'description',
    'plan',
    'tasks',
    'task_id',
    'depends_on',
    'command',
    'env',
    'context',
    'reason',
  ],
  ...[
    'budget_usd',
    'plan_version',
    'feedback',
    'output',
    'outputs',
    'decision',
    'add_usd',
    '__proto__',
    'constructor',
  ],
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, '', 0, -1, 1e308, 'a'),
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 6 }),
  ),
}));
const bodies = fc.oneof(
  json.map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 60, unit: 'binary' }),
  fc.uint8Array({ maxLength: 60 }),
);

test('no body gives a 500, wherever it is sent', async () => {
  const places = fc.constantFrom(
    ...[
      'submit',
      'closed/approve',
      'closed/reject',
      'closed/revise',
      'closed/budget',
      'closed/cancel',
      'closed/pause',
    ],
    ...['closed/task/lint/retry', 'closed/task/lint/complete', 'closed/approvals/plan-1', 'unknown/finish'],
  );
  const types = fc.constantFrom(
    'application/json',
    'application/json; charset=latin1',
    'application/yaml',
    'text/plain',
  );
  await fc.assert(
    fc.asyncProperty(places, types, bodies, async (place, type, body) => {
      const init = { headers: { 'content-type': type, prefer: 'wait=0' }, body: body as string };
      expect(await statusOf('POST', `/orchestrate/${place}`, init)).toSatisfy(isFine);
      expect(await statusOf('PUT', '/orchestrate/closed/plan', init)).toSatisfy(isFine);
    }),
    { numRuns: 300 },
  );
});
