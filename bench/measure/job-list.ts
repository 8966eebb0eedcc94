import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createDataDir } from '../../config/data-dir.ts';
import type { JobOrigin } from '../../contracts/spec.ts';
import type { JobListItem } from '../../contracts/view.ts';
import { stats } from '../../core/journal/stats.ts';
import { freePort } from '../../runtime/ports.ts';
import { openDatabase } from '../../store/database/database.ts';
import { openStore } from '../../store/index.ts';
import { closedRow, openRow } from '../../store/jobs/rows.ts';
import { ownEnv } from '../product.ts';
import type { Scale } from '../scale.ts';

/** How long pages of the list of jobs took over HTTP, by what was asked for. */
export interface JobListFigures {
  database: 'SQLite' | 'PostgreSQL';
  open: number;
  closed: number;
  pages: { name: string; ms: number[] }[];
}

const API = fileURLToPath(new URL('../../api/main.ts', import.meta.url));
const AT_ONCE = 500;
const OWNERS = 20;
const FIRST = Date.parse('2026-01-01T00:00:00.000Z');

/**
 * Fills the list of a store of its own and reads pages of it from an API process of its own. The open jobs have no
 * workflows, and there is no Temporal: the list needs neither.
 * @param url of an empty PostgreSQL database; without it a SQLite file
 */
export async function measureJobList(scale: Scale, url?: string): Promise<JobListFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-bench-list-'));
  const env = {
    ...ownEnv('', folder),
    ...(url ? { DATABASE_URL: url } : {}),
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort('127.0.0.1')}`,
  };
  let api: Awaited<ReturnType<typeof startApi>> | undefined;
  try {
    await fill(folder, scale, url);
    api = await startApi(env);
    const pages = await readPages(api.url, scale);
    const { open_jobs: open, closed_jobs: closed } = scale;
    return { database: url ? 'PostgreSQL' : 'SQLite', open, closed, pages };
  } finally {
    await api?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(folder: string, { open_jobs, closed_jobs }: Scale, url?: string): Promise<void> {
  const { orchestratorDb: sqlite_file, artifacts: artifacts_dir } = createDataDir(folder);
  const place = { sqlite_file, ...(url ? { database_url: url } : {}) };
  await (await openStore({ ...place, artifacts_dir })).close();
  const db = openDatabase({ sqlite_file, ...(url ? { url } : {}) });
  try {
    const [there] = await db.selectFrom('jobs').select('job_id').limit(1).execute();
    if (there) throw new Error('the database has jobs in it: give the benchmark an empty one');
    const total = open_jobs + closed_jobs;
    for (let start = 0; start < total; start += AT_ONCE) {
      const rows = Array.from({ length: Math.min(AT_ONCE, total - start) }, (_, index) => {
        const n = start + index;
        return n < closed_jobs ? closedRow(job(n, true)) : openRow(job(n, false), 5);
      });
      await db.insertInto('jobs').values(rows).execute();
    }
  } finally {
    await db.destroy();
  }
}

const SUBJECTS = ['the importer', 'a report', 'the release', 'invoices', 'the index', 'logs', 'a model'];
const VERBS = ['Check', 'Build', 'Translate', 'Summarize', 'Repair', 'Compare', 'Move'];
const CLOSED = ['completed', 'failed', 'rejected', 'cancelled'] as const;
const OPEN = ['running', 'awaiting_approval', 'needs_review', 'paused', 'planning'] as const;
const PLANS: JobOrigin = {
  ...{ face: 'plans', kind: 'auto' },
  ...{ worker: null, workflow: null, session: null, continues: null },
};

function job(n: number, closed: boolean): JobListItem {
  const created_at = new Date(FIRST + n * 1000).toISOString();
  return {
    job_id: `j${n.toString(36).padStart(19, '0')}`,
    title: `${VERBS[n % 7]} ${SUBJECTS[(n * 3) % 7]} of customer ${n}, part ${n % 97}`,
    status: closed ? CLOSED[n % 4]! : OPEN[n % 5]!,
    owner: `owner-${n % OWNERS}`,
    created_at,
    finished_at: closed ? created_at : null,
    stats: stats([]),
    budget: { limit_usd: 10, spent_usd: 0, reserved_usd: 0, remaining_usd: 10, exceeded: false },
    ...(n % 10 === 0 ? { origin: PLANS } : {}),
  };
}

/** The API in a process of its own. */
async function startApi(env: Record<string, string>): Promise<{ url: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [API], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (!url) continue;
    child.stdout.resume();
    return { url, stop };
  }
  throw new Error('the API ended before it listened');
}

async function readPages(url: string, { closed_jobs, list_reads }: Scale): Promise<JobListFigures['pages']> {
  const deep = Buffer.from(
    JSON.stringify({
      created_at: new Date(FIRST + (closed_jobs / 2) * 1000).toISOString(),
      job_id: 'j',
    }),
  ).toString('base64url');
  const queries: [string, (n: number) => string][] = [
    ['first page', () => ''],
    ['of a status', (n) => `&status=${[...OPEN, ...CLOSED][n % 9]}`],
    ['of an owner', (n) => `&owner=owner-${n % OWNERS}`],
    ['of an owner and a status', (n) => `&owner=owner-${n % OWNERS}&status=${CLOSED[n % 4]}`],
    ['in the middle of the list', () => `&cursor=${deep}`],
    ['with a word that many titles have', (n) => `&q=${VERBS[n % 7]}`],
    ['with a word of one title', (n) => `&q=${(n * 997) % closed_jobs}%20customer`],
    ['with a word that no title has', (n) => `&q=nothing${n}`],
  ];
  const pages: JobListFigures['pages'] = [];
  for (const [name, query] of queries) {
    const ms: number[] = [];
    for (let n = 0; n < list_reads; n += 1) {
      const began = performance.now();
      const response = await fetch(`${url}/orchestrate/jobs?limit=50${query(n)}`);
      const { jobs } = (await response.json()) as { jobs?: unknown[] };
      ms.push(performance.now() - began);
      if (!jobs) throw new Error(`the list answered ${response.status} to ${query(n)}`);
    }
    pages.push({ name, ms });
  }
  return pages;
}
