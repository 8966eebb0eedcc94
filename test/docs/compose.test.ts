import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ENV_VARIABLES, SECRET_PREFIX } from '../../config/env.ts';
import { loadConfig } from '../../config/load.ts';
import { temporalServerArgs } from '../../runtime/temporal/args.ts';
import { ROOT, readPage } from './page.ts';
import { isRead } from './sources.ts';

interface Service {
  image: string;
  build?: string;
  init?: boolean;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  deploy?: { replicas: number };
  env_file?: { path: string }[];
}

const compose: { services: Record<string, Service>; volumes: Record<string, null> } = parse(
  readPage('docker-compose.yml'),
  { merge: true },
);
const { services } = compose;
const dockerfile = readPage('Dockerfile');
const packageJson = JSON.parse(readPage('package.json'));
const own = Object.entries(services).filter(([, service]) => service.build);
const service = (name: string): Service => services[name]!;

/** What other images read, from their own documentation. */
const DOCUMENTED: Record<string, RegExp> = {
  postgres: /^POSTGRES_(USER|PASSWORD|DB)$/,
  'temporalio/server':
    /^(DB|DB_PORT|POSTGRES_(SEEDS|USER|PWD)|NUM_HISTORY_SHARDS|BIND_ON_IP|DYNAMIC_CONFIG_FILE_PATH)$/,
  'temporalio/admin-tools': /^(SQL_(PLUGIN|HOST|PORT|USER|PASSWORD)|TEMPORAL_(ADDRESS|NAMESPACE))$/,
  'temporalio/ui': /^TEMPORAL_(ADDRESS|UI_PORT|CSRF_COOKIE_INSECURE)$/,
  'grafana/grafana':
    /^GF_(AUTH_ANONYMOUS_(ENABLED|ORG_ROLE)|SECURITY_DISABLE_INITIAL_ADMIN_CREATION|ANALYTICS_REPORTING_ENABLED)$/,
};

describe('docker-compose.yml', () => {
  it('sets variables of the service that are read, and has one place for secrets', () => {
    const known: string[] = ENV_VARIABLES.map(({ name }) => name);
    for (const [, { environment = {} }] of own) {
      for (const name of Object.keys(environment)) {
        expect(known).toContain(name);
        expect(isRead(name), `${name} is read by the code`).toBe(true);
      }
    }
    expect(readPage('docs/deployment.md')).toContain(`${SECRET_PREFIX}NAME=`);
    // whoever uses them, and whoever has to keep them out of what agents say
    for (const name of ['api', 'worker'])
      expect(service(name).env_file, name).toMatchObject([{ path: 'deploy/secrets.env' }]);
  });

  it('sets variables of other images that they document', () => {
    for (const { image, environment = {}, build } of Object.values(services)) {
      if (build) continue;
      for (const name of Object.keys(environment)) expect(name).toMatch(DOCUMENTED[image.split(':')[0]!]!);
    }
  });

  it('pins every image to a full version', () => {
    for (const { image } of Object.values(services)) expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-\w+)?$/);
    expect(service('api').image).toBe(`orchestrator:${packageJson.version}`);
  });

  it('runs the Temporal that the toolchain builds', () => {
    const modules = readPage('toolchain/temporal/go.mod');
    const server = /go\.temporal\.io\/server v([\d.]+)/.exec(modules)![1];
    const ui = /github\.com\/temporalio\/ui-server\/v2 v([\d.]+)/.exec(modules)![1];
    expect(service('temporal').image).toBe(`temporalio/server:${server}`);
    expect(service('temporal-schema').image).toBe(`temporalio/admin-tools:${server}`);
    expect(service('temporal-namespace').image).toBe(`temporalio/admin-tools:${server}`);
    expect(service('temporal-ui').image).toBe(`temporalio/ui:${ui}`);
  });

  it('runs the programs of the npm scripts, under an init', () => {
    expect(service('api').command?.join(' ')).toBe(packageJson.scripts.api);
    expect(service('worker').command?.join(' ')).toBe(packageJson.scripts.worker);
    for (const [, { init }] of own) expect(init).toBe(true);
    expect(service('worker').deploy?.replicas).toBeGreaterThan(1);
  });

  it('has ports and addresses that fit each other', () => {
    const env = (name: string) => service(name).environment!;
    const uiPort = env('api').TEMPORAL_UI_PORT;
    expect(service('api').ports).toEqual([`127.0.0.1:8080:${env('api').PORT}`, `127.0.0.1:8233:${uiPort}`]);
    expect(service('api').healthcheck?.test.join(' ')).toContain(`:${env('api').PORT}/healthz`);
    expect(dockerfile).toContain(`EXPOSE ${env('api').PORT}`);
    expect(env('api').HOST).toBe('0.0.0.0');
    expect(env('worker').ORCHESTRATOR_PUBLIC_URL).toContain(`http://api:${env('api').PORT}`);
    expect(service('temporal').ports).toEqual(['127.0.0.1:7233:7233']);
    const upstream = `http://temporal-ui:${env('temporal-ui').TEMPORAL_UI_PORT}`;
    expect(service('temporal-ui').ports).toBeUndefined();
    expect(env('api').TEMPORAL_UI_UPSTREAM).toBe(upstream);
    expect(env('api').TEMPORAL_UI_HOST).toBe('0.0.0.0');
    for (const name of ['api', 'worker', 'temporal-ui', 'temporal-namespace']) {
      expect(env(name).TEMPORAL_ADDRESS).toBe('temporal:7233');
    }
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = env('postgres');
    const database = `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`;
    expect(env('api').DATABASE_URL).toBe(database);
    expect(env('temporal').POSTGRES_PWD).toBe(POSTGRES_PASSWORD);
    expect(env('temporal-schema').SQL_PASSWORD).toBe(POSTGRES_PASSWORD);
    expect(readPage('deploy/env.example')).toMatch(/^POSTGRES_PASSWORD=$/m);
  });

  it('waits for services that are there and say when they are ready', () => {
    for (const { depends_on = {} } of Object.values(services)) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        const ready = service(name).healthcheck ? 'service_healthy' : 'service_completed_successfully';
        expect(condition, name).toBe(ready);
      }
    }
  });

  it('mounts what is in the repository or named as a volume', () => {
    for (const { volumes = [], entrypoint } of Object.values(services)) {
      for (const [source = '', target] of volumes.map((volume) => volume.split(':'))) {
        if (!source.startsWith('.')) expect(Object.keys(compose.volumes)).toContain(source);
        const script = entrypoint?.find((part) => part.startsWith(`${target}/`));
        if (script)
          expect(readFileSync(join(ROOT, source, script.slice(target!.length)), 'utf8')).toBeTruthy();
      }
    }
  });

  it('comes with settings that can be read', () => {
    const { file, config } = loadConfig(join(ROOT, 'deploy/config/orchestrator.yaml'));
    expect(file).not.toBeNull();
    expect(config.planner_commands).toBe('deny');
  });

  it('gives the cluster the queue settings of the one-machine mode', () => {
    const cluster = parse(readPage('deploy/temporal/dynamicconfig.yaml')) as Record<
      string,
      [{ value: unknown }]
    >;
    const args = temporalServerArgs({ dbFile: 'x', ip: '127.0.0.1', port: 1, namespace: 'default' });
    const machine = args.filter((_, index) => args[index - 1] === '--dynamic-config-value');
    expect(Object.entries(cluster).map(([name, [{ value }]]) => `${name}=${JSON.stringify(value)}`)).toEqual(
      machine,
    );
  });
});

describe('Dockerfile', () => {
  it('runs the Node version of the project, not as root', () => {
    expect(/^FROM node:([\d.]+)-/m.exec(dockerfile)?.[1]).toBe(packageJson.devDependencies.node);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain('npm ci --omit=dev');
  });

  it("has Temporal's native part for its own platform only", () => {
    expect(dockerfile).toMatch(
      /core-bridge\/releases [^&]*! -name "\$\(uname -m\)-unknown-linux-gnu" -exec rm -rf/,
    );
    const releases = readdirSync(join(ROOT, 'node_modules/@temporalio/core-bridge/releases'));
    expect(releases).toEqual(
      expect.arrayContaining(['x86_64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu']),
    );
  });

  it('keeps the data where compose mounts it', () => {
    expect(dockerfile).toContain('ENV ORCHESTRATOR_DATA_DIR=/data');
    expect(service('api').volumes).toContain('data:/data');
  });

  it('copies every folder that the code imports from', () => {
    const copied = readPage('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const imported = new Set<string>(
      copied.filter((name) => !/[./]|LICENSE/.test(name)).flatMap((folder) => foldersImportedBy(folder)),
    );
    expect(copied).toEqual(expect.arrayContaining([...imported, 'agents', 'package.json']));
  });
});

/** Top folders that the code in a folder imports from. */
function foldersImportedBy(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const file = join(ROOT, folder, path);
      return [...readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(
        (match) => relative(ROOT, join(dirname(file), match[1]!)).split('/')[0]!,
      );
    })
    .filter((name) => !name.includes('.'));
}
