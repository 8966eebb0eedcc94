import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../test/setup/postgres-server.ts';
import { findPeerPackages } from '../../toolchain/peer-programs.ts';
import { type Engine, type Framework, startFramework } from './engine.ts';
import { type Kill, Measurer, type PeerFigures, type PeerScale, type Starts } from './measure.ts';
import { startOurs } from './product.ts';

/** Each way in which a framework is used. */
export const FRAMEWORKS: Framework[] = [
  { name: 'LangGraph, graph', program: 'langgraph', variant: 'graph' },
  { name: 'LangGraph, functions', program: 'langgraph', variant: 'functions' },
  { name: 'Mastra, foreach', program: 'mastra', variant: 'foreach' },
  { name: 'Mastra, parallel', program: 'mastra', variant: 'parallel' },
];

/** What the frameworks need, and those that run. */
export interface Peers {
  /** their `node_modules` */
  packages: string;
  /** of a PostgreSQL server */
  database_url: string;
  /** for logs of tasks */
  folder: string;
  running: Set<Engine>;
  stop(): Promise<void>;
}

/** Installs the frameworks where they are not there yet, and starts PostgreSQL. Throws where one of them can't be had. */
export async function startPeers(onProgress: (line: string) => void): Promise<Peers> {
  const found = await findPeerPackages('frameworks', { onProgress });
  if (found.packages === undefined)
    throw new Error(`the frameworks to measure beside are not to be had here: ${found.reason}`);
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-bench-peers-'));
  const postgres = await startPostgres(folder);
  if (postgres.url === undefined) {
    rmSync(folder, { recursive: true });
    throw new Error(postgres.reason);
  }
  const running = new Set<Engine>();
  return {
    packages: found.packages,
    database_url: postgres.url,
    folder,
    running,
    async stop() {
      await Promise.all([...running].map((engine) => engine.stop()));
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Measures the product, then the frameworks. */
export async function measurePeers(
  peers: Peers,
  scale: PeerScale,
  say: (line: string) => void,
): Promise<PeerFigures[]> {
  const measurer = new Measurer(peers.folder, scale);
  return [await measureOurs(peers, measurer, say), ...(await measureFrameworks(peers, measurer, say))];
}

async function measureOurs({ running }: Peers, measurer: Measurer, say: (line: string) => void) {
  say('starting the product');
  const ours = await startOurs(say);
  running.add(ours);
  say('its starts, random plans and kills');
  const starts = await measurer.starts(ours);
  const plans = await measurer.plans(ours);
  const kills = await measurer.kills(ours);
  running.delete(ours);
  await ours.stop();
  return { name: ours.name, ...starts, plans, kills };
}

/** Random plans on all at the same time, since they sleep; what is a matter of milliseconds on one after the other. */
async function measureFrameworks(
  { packages, database_url, running }: Peers,
  measurer: Measurer,
  say: (line: string) => void,
): Promise<PeerFigures[]> {
  const engines: Engine[] = [];
  for (const framework of FRAMEWORKS) {
    for (const url of [undefined, database_url]) {
      const engine = await startFramework(framework, packages, url);
      engines.push(engine);
      running.add(engine);
    }
  }
  const starts: Starts[] = [];
  for (const engine of engines) {
    say(`starts: ${engine.name}`);
    starts.push(await measurer.starts(engine));
  }
  say('random plans');
  const plans = await Promise.all(engines.map((engine) => measurer.plans(engine)));
  const kills: Kill[][] = [];
  for (const engine of engines) {
    say(`kill -9: ${engine.name}`);
    kills.push(await measurer.kills(engine));
  }
  return engines.map(({ name }, n) => ({ name, ...starts[n]!, plans: plans[n]!, kills: kills[n]! }));
}

/** Which versions of the frameworks are there, by package. */
export function frameworkVersions({ packages }: Peers): Record<string, string> {
  const names = [
    '@langchain/langgraph',
    '@langchain/langgraph-checkpoint-postgres',
    '@mastra/core',
    '@mastra/pg',
  ];
  return Object.fromEntries(
    names.map((name) => {
      const manifest = readFileSync(join(packages, name, 'package.json'), 'utf8');
      return [name, (JSON.parse(manifest) as { version: string }).version];
    }),
  );
}
