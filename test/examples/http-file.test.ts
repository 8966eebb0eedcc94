import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from '../brokerage/setup.ts';

const FILE = join(import.meta.dirname, '../../examples/orchestrator.http');

/** A request of the file. */
interface Written {
  name: string | undefined;
  method: string;
  /** path and query, with `{{...}}` for what an earlier answer gave */
  target: string;
  headers: Record<string, string>;
  body: string;
}

/** https://github.com/Huachao/vscode-restclient: `###` between requests, `#` for comments, a blank line before the body */
function readRequests(text: string): Written[] {
  const parts = text.split(/^###.*$/m).slice(1);
  return parts.map((part) => {
    const lines = part
      .trim()
      .split('\n')
      .filter((line) => !/^#(?! @name )/.test(line));
    const name = lines[0]!.startsWith('# @name ') ? lines.shift()!.slice('# @name '.length) : undefined;
    const [method, url] = lines.shift()!.split(' ') as [string, string];
    const end = lines.indexOf('');
    const heads = end === -1 ? lines : lines.slice(0, end);
    return {
      ...{ name, method, target: url.replace('{{url}}', '') },
      headers: Object.fromEntries(heads.map((line) => line.split(': ') as [string, string])),
      body: end === -1 ? '' : lines.slice(end).join('\n').trim(),
    };
  });
}

const requests = readRequests(readFileSync(FILE, 'utf8'));

let stage: Stage;
let paths: Record<string, Record<string, { tags: string[] }>>;
beforeAll(async () => {
  stage = await openStage();
  paths = (await stage.ask('GET', '/openapi.json')).body.paths;
}, 60_000);
afterAll(() => stage.close());

const routes = () =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { tags }]) => ({
      ...{ method: method.toUpperCase(), path, tag: tags[0]! },
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/?]+')}$`),
    })),
  );
/** The route that a request means: the one with the fewest names in it. */
const routeOf = ({ method, target }: Written) =>
  routes()
    .filter((route) => route.method === method && route.pattern.test(target.split('?')[0]!))
    .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];

test('every request names a route that is there, and every route of the compatibility APIs has a request', () => {
  expect(requests.length).toBeGreaterThan(30);
  for (const request of requests)
    expect(routeOf(request), `${request.method} ${request.target}`).toBeDefined();
  const tried = new Set(requests.map(routeOf).map((route) => `${route!.method} ${route!.path}`));
  const faces = routes().filter(
    ({ tag, path }) =>
      ['Agent brokerage', 'Agents', 'Chat-side plans', 'MCP'].includes(tag) &&
      // its address comes with a brief
      !path.startsWith('/callbacks/{token}'),
  );
  expect(faces.length).toBeGreaterThan(12);
  expect(faces.map(({ method, path }) => `${method} ${path}`).filter((route) => !tried.has(route))).toEqual(
    [],
  );
});

test('sent from top to bottom, each is followed', { timeout: 120_000 }, async () => {
  const known: Record<string, { body: unknown; headers: Headers }> = {};
  const filled = (text: string) =>
    text
      .replaceAll(/\{\{(\w+)\.response\.body\.(\w+)\}\}/g, (_, name, field) =>
        String((known[name]!.body as Record<string, unknown>)[field]),
      )
      .replaceAll(
        /\{\{(\w+)\.response\.headers\.([\w-]+)\}\}/g,
        (_, name, header) => known[name]!.headers.get(header)!,
      )
      .replaceAll('{{key}}', 'ork_none');
  for (const { name, method, target, headers, body } of requests) {
    const response = await fetch(stage.service.url + filled(target), {
      method,
      headers: Object.fromEntries(Object.entries(headers).map(([head, value]) => [head, filled(value)])),
      ...(body === '' ? {} : { body: filled(body) }),
    });
    // nobody listens where the example has its agent: that is said, and is no mistake of the request
    const isFollowed = response.status < 300 || (target.startsWith('/execute/') && response.status === 503);
    const staysOpen = method === 'GET' && headers.Accept === 'text/event-stream';
    if (staysOpen) await response.body!.cancel();
    const text = staysOpen ? '' : await response.text();
    expect(isFollowed, `${method} ${target}: ${response.status} ${text}`).toBe(true);
    if (name) {
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      known[name] = { body: isJson ? JSON.parse(text) : null, headers: response.headers };
    }
  }
});
