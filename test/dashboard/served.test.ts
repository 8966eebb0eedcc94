import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDashboard } from '../../dashboard/build.ts';
import { startLoneApi, type TestApi } from '../api/setup.ts';

const DIST = join(import.meta.dirname, '../../dashboard/dist');

/** A file that was built, as the manifest of Vite has it. */
interface Built {
  file: string;
  css?: string[];
  imports?: string[];
}

describe('the dashboard is served by the API', () => {
  let api: TestApi;
  beforeAll(async () => {
    await buildDashboard(() => {});
    api = await startLoneApi();
  });
  afterAll(() => api.close());

  test('its own paths answer the page, under a policy that lets no other script run; others stay what they were', async () => {
    for (const path of ['/', '/ui', '/ui/submit', '/ui/jobs/j1', '/ui/jobs/j1/plan']) {
      const { status, headers, body } = await api.ask('GET', path);
      expect(status, path).toBe(200);
      expect(headers.get('content-type')).toContain('text/html');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toContain('unsafe');
      const nonce = /'nonce-([\w-]+)'/.exec(policy)?.[1];
      expect(body).toContain(`nonce="${nonce}"`);
      expect(body).not.toMatch(/<script(?![^>]* src=)|<style| on\w+=|https?:/);
    }
    expect((await api.ask('GET', '/ui/jobs/j1/plan/more')).status).toBe(404);
    expect((await api.ask('GET', '/nowhere')).body.error.code).toBe('not_found');
    expect((await api.ask('POST', '/')).status).toBe(405);
  });

  test('each answer has a nonce of its own', async () => {
    const [one, other] = [await api.ask('GET', '/'), await api.ask('GET', '/')];
    expect(one.headers.get('content-security-policy')).not.toBe(other.headers.get('content-security-policy'));
  });

  test('files are kept by browsers for good, since their names change with their content', async () => {
    const { body } = await api.ask('GET', '/');
    const script = /src="([^"]+\.js)"/.exec(body)![1]!;
    const { status, headers } = await api.ask('GET', script);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/javascript');
    expect(headers.get('cache-control')).toContain('immutable');
    const again = await api.ask('GET', script, undefined, { 'if-none-match': headers.get('etag')! });
    expect(again.status).toBe(304);
    for (const path of [
      '/ui/assets/nothing.js',
      '/ui/assets/..%2findex.html',
      '/ui/assets/%2e%2e%2fbuilt-from',
    ]) {
      expect((await api.ask('GET', path)).status, path).toBe(404);
    }
  });

  test('everything that the first page needs is under 400 KB gzipped', () => {
    const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8')) as Record<
      string,
      Built
    >;
    const files = new Set<string>();
    const add = (name: string) => {
      const { file, css = [], imports = [] } = manifest[name]!;
      if (files.has(file)) return;
      for (const one of [file, ...css]) files.add(one);
      for (const one of imports) add(one);
    };
    add('index.html');
    add('pages/jobs/jobs-page.tsx');
    const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0);
    expect(files.size).toBeGreaterThan(2);
    expect(bytes).toBeLessThan(400_000);
  });
});

test('with keys, the page is for anyone and the data is not', async () => {
  const api = await startLoneApi({ loopback: false });
  await api.store.createKey({ owner: 'ann', name: '' });
  expect((await api.ask('GET', '/ui/jobs/j1')).status).toBe(200);
  expect((await api.ask('GET', '/orchestrate/jobs')).status).toBe(401);
  await api.close();
});
