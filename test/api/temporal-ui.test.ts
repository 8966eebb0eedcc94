import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporalUiApp } from '../../api/temporal-ui/app.ts';
import { serveTemporalUi } from '../../api/temporal-ui/serve.ts';
import { createSessions, SESSION_SECONDS } from '../../api/temporal-ui/sessions.ts';
import { startLoneApi, type TestApi } from './setup.ts';

// How the Web UI is passed on; test/runtime/web-pages.test.ts tries who gets in, on the real one.

let api: TestApi;
beforeAll(async () => {
  api = await startLoneApi();
});
afterAll(() => api.close());

/** A Web UI that answers as a test wants. */
async function upstreamOf(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, url, close: () => closed(server) };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const served = (upstream: string) => temporalUiApp({ upstream, keys: api.store, log: api.deps.log });

describe('what is passed on', () => {
  test('holds all of a request but what is ours, and all of an answer', async () => {
    let got: { headers: IncomingMessage['headers']; url?: string; body: string } | undefined;
    const upstream = await upstreamOf(async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      got = { headers: request.headers, url: request.url, body };
      response.writeHead(418, { 'set-cookie': ['_csrf=1', 'other=2'], 'x-frame-options': 'SAMEORIGIN' });
      response.end('short and stout');
    });
    const answer = await served(upstream.url).request('/api/v1/x%2Fy?q=a%20b', {
      method: 'POST',
      headers: {
        host: 'localhost:8233',
        cookie: 'a=1; orchestrator_ui=secret; _csrf=x',
        authorization: 'Bearer ork_key',
        'x-csrf-token': 'x',
      },
      body: 'said',
    });
    expect(answer.status).toBe(418);
    expect(await answer.text()).toBe('short and stout');
    expect(answer.headers.getSetCookie()).toEqual(['_csrf=1', 'other=2']);
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(got).toMatchObject({ url: '/api/v1/x%2Fy?q=a%20b', body: 'said' });
    expect(got!.headers).toMatchObject({ cookie: 'a=1; _csrf=x', 'x-csrf-token': 'x' });
    expect(got!.headers).not.toHaveProperty('authorization');
    expect(`http://${got!.headers.host}`).toBe(upstream.url);
    await upstream.close();
  });

  test('comes as it is said, and a redirect is told, not followed', async () => {
    const rest: (() => void)[] = [];
    const upstream = await upstreamOf((request, response) => {
      if (request.url === '/away') return response.writeHead(302, { location: '/there' }).end();
      response.write('first');
      rest.push(() => response.end('last'));
      return response;
    });
    const app = served(upstream.url);
    const reader = (await app.request('/')).body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('first');
    rest[0]!();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('last');
    const away = await app.request('/away');
    expect([away.status, away.headers.get('location')]).toEqual([302, '/there']);
    await upstream.close();
    expect((await app.request('/')).status).toBe(502);
  });
});

describe('the listener', () => {
  const upstream = { TEMPORAL_UI_UPSTREAM: 'http://127.0.0.1:1' };

  test('is there only for a Web UI that is named, and never open to other machines', async () => {
    expect(await serveTemporalUi(api.store, api.deps.log, {})).toBeUndefined();
    const open = serveTemporalUi(api.store, api.deps.log, { ...upstream, TEMPORAL_UI_HOST: '0.0.0.0' });
    await expect(open).rejects.toThrow('Make a key first');
  });

  test('that finds its port taken leaves the API alone', async () => {
    const stranger = await upstreamOf((_, response) => response.end());
    const port = new URL(stranger.url).port;
    const ui = await serveTemporalUi(api.store, api.deps.log, { ...upstream, TEMPORAL_UI_PORT: port });
    expect(ui?.url).toBe(stranger.url);
    await ui?.close();
    await stranger.close();
  });
});

test('a session ends after its time', async () => {
  const lone = await startLoneApi();
  const { key } = await lone.store.createKey({ owner: 'ada', name: '', role: 'admin' });
  let now = 0;
  const sessions = createSessions(lone.store, () => now);
  const id = (await sessions.begin(key))!;
  now = SESSION_SECONDS * 1000 - 1;
  expect(await sessions.isAlive(id)).toBe(true);
  now += 1;
  expect(await sessions.isAlive(id)).toBe(false);
  now = 0;
  expect(await sessions.isAlive(id)).toBe(false); // for good
  await lone.close();
});

test.each([
  ['/namespaces/default?x=1', '/namespaces/default?x=1'],
  ['/\t/evil.example/x', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['\n//evil.example', '/'],
  ['https://evil.example/', '/'],
  ['javascript:alert(1)', '/'],
  ['/..//evil.example', '/evil.example'],
])('who signs in goes on here, and nowhere else: %j', async (to, path) => {
  const { key } = await api.store.createKey({ owner: 'ann', name: 'ui', role: 'admin' });
  const answer = await served('http://127.0.0.1:1').request('/orchestrator/sign-in', {
    method: 'POST',
    headers: { host: 'localhost:8233', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ key, to }),
  });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, path]);
});
