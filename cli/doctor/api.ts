import { dataOf } from '../../client/client.ts';
import { apiUrl } from '../address.ts';
import { CLI } from '../called.ts';
import type { Context } from '../context.ts';
import { type Check, reason } from './check.ts';

/** Whether the API answers, what it says of itself, and whether it lets us in. */
export async function apiChecks({ api, globals }: Context): Promise<Check[]> {
  const { url, from } = apiUrl({ url: globals.url, data_dir: globals.dataDir });
  const where = `${url} (from ${from})`;
  try {
    await dataOf(api.GET('/healthz'));
  } catch (error) {
    const fix = 'run npm start, or say where it is with --url or ORCHESTRATOR_URL';
    return [{ name: 'API', state: 'missing', detail: `${where} does not answer: ${reason(error)}`, fix }];
  }
  return [{ name: 'API', state: 'ok', detail: where }, ...(await readiness(api)), await access(api)];
}

async function readiness(api: Context['api']): Promise<Check[]> {
  // 503 carries the same body, and that is what is wanted
  const { data, error } = await api.GET('/readyz');
  const found = data ?? error;
  if (found === undefined || !('workers' in found)) {
    return [{ name: 'Readiness', state: 'missing', detail: 'the API does not say whether it is ready' }];
  }
  const { database, temporal, workers } = found;
  return [
    database
      ? { name: "API's database", state: 'ok', detail: 'answers' }
      : {
          name: "API's database",
          state: 'missing',
          detail: 'does not answer',
          fix: 'see the log of the API',
        },
    temporal
      ? { name: "API's Temporal", state: 'ok', detail: 'answers' }
      : {
          name: "API's Temporal",
          state: 'missing',
          detail: 'does not answer',
          fix: 'npm start, or see TEMPORAL_ADDRESS',
        },
    workers > 0
      ? { name: 'Workers', state: 'ok', detail: `${workers} ${workers === 1 ? 'takes' : 'take'} jobs` }
      : { name: 'Workers', state: 'missing', detail: 'none takes jobs', fix: 'npm start, or npm run worker' },
  ];
}

async function access(api: Context['api']): Promise<Check> {
  try {
    await dataOf(api.GET('/orchestrate/jobs', { params: { query: { limit: 1 } } }));
    return { name: 'Access', state: 'ok', detail: 'the API lets us in' };
  } catch (error) {
    const fix = `put a key into ORCHESTRATOR_API_KEY; \`${CLI} keys create\` makes one`;
    return { name: 'Access', state: 'missing', detail: reason(error), fix };
  }
}
