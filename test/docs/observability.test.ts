import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startLoneApi, type TestApi } from '../api/setup.ts';
import { code, ROOT, readPage, tableOf } from './page.ts';

let api: TestApi;
/** types by name, as the API serves them */
let served: Map<string, string>;
beforeAll(async () => {
  api = await startLoneApi();
  const { body } = await api.ask('GET', '/metrics');
  const types = [...(body as string).matchAll(/^# TYPE (orchestrator_\w+) (\w+)$/gm)];
  served = new Map(types.map(([, name, type]) => [name!, type!]));
}, 60_000);
afterAll(() => api.close());

const DASHBOARDS = 'deploy/grafana/dashboards';
const compose = parse(readPage('docker-compose.yml'), { merge: true });

/** Names in a query, those of a histogram's parts as the histogram's. */
const namesIn = (text: string): string[] =>
  [...text.matchAll(/\borchestrator_\w+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));

interface Rule {
  alert: string;
  expr: string;
  annotations: { summary: string };
}
const rules: Rule[] = parse(readPage('deploy/prometheus/alerts.yml')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);

describe('docs/observability.md', () => {
  it('lists every metric that the API serves, with its type', () => {
    const rows = tableOf(readPage('docs/observability.md'), 'metric');
    const listed = new Map(rows.map(([name = '', type = '']) => [code(name), type]));
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(served));
  });
});

describe('alert rules', () => {
  it('ask for metrics that are served, and say what is the matter', () => {
    expect(rules.length).toBeGreaterThan(5);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, expr, annotations } of rules) {
      for (const name of namesIn(expr)) expect(served.has(name), `${alert}: ${name}`).toBe(true);
      expect(annotations.summary).toBeTruthy();
    }
  });
});

describe('the dashboard', () => {
  const files = readdirSync(join(ROOT, DASHBOARDS));
  it.each(files)('%s shows metrics that are served, of the datasource that is provisioned', (file) => {
    const { panels } = JSON.parse(readPage(`${DASHBOARDS}/${file}`));
    const provisioned = parse(readPage('deploy/grafana/provisioning/datasources/datasources.yml'));
    const uids = provisioned.datasources.map(({ uid }: { uid: string }) => uid);
    for (const { title, datasource, targets } of panels) {
      expect(uids).toContain(datasource.uid);
      for (const { expr } of targets) {
        for (const name of namesIn(expr)) expect(served.has(name), `${title}: ${name}`).toBe(true);
      }
    }
  });
});

describe('the compose profile', () => {
  const { services } = compose;
  const prometheus = parse(readPage('deploy/prometheus/prometheus.yml'));

  it('scrapes the ports that API and workers serve', () => {
    const [ofApi, ofWorker] = prometheus.scrape_configs;
    expect(ofApi.static_configs[0].targets).toEqual([`api:${services.api.environment.PORT}`]);
    expect(ofWorker.dns_sd_configs[0]).toMatchObject({
      names: ['worker'],
      port: services.worker.environment.METRICS_PORT,
    });
    expect(services.worker.environment.METRICS_HOST).toBe('0.0.0.0');
    // the key is not in the repository
    expect(ofApi.authorization.credentials_file).toBe('/etc/prometheus/api-key');
    expect(readPage('.gitignore')).toContain('deploy/prometheus/api-key');
  });

  it('has its three services under a profile, on this machine only, with files that are there', () => {
    for (const name of ['prometheus', 'grafana', 'jaeger']) {
      const { profiles, ports, volumes = [] } = services[name];
      expect(profiles).toEqual(['observability']);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      for (const volume of volumes.filter((text: string) => text.startsWith('./')))
        expect(existsSync(join(ROOT, volume.split(':')[0])), volume).toBe(true);
    }
    for (const file of prometheus.rule_files) {
      expect(existsSync(join(ROOT, 'deploy/prometheus', file))).toBe(true);
    }
  });

  it('sends Grafana to addresses of the compose file', () => {
    const { datasources } = parse(readPage('deploy/grafana/provisioning/datasources/datasources.yml'));
    for (const { url } of datasources) expect(Object.keys(services)).toContain(new URL(url).hostname);
  });
});
