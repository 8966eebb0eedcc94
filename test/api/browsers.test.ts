import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLoneApi, type TestApi } from './setup.ts';

const PAGE = 'https://app.example.com';
const preflight = {
  origin: PAGE,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization',
};

test('every answer says that browsers shall show and load nothing; the page of routes has its own words', async () => {
  const api = await startLoneApi({ loopback: false });
  await api.store.createKey({ owner: 'ann', name: '' });
  for (const path of ['/healthz', '/nowhere', '/orchestrate/jobs', '/callbacks/x']) {
    const { headers } = await api.ask('GET', path);
    expect(headers.get('content-security-policy'), path).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toBeTruthy();
  }
  await api.close();
  const local = await startLoneApi();
  const { headers } = await local.ask('GET', '/docs');
  expect(headers.get('content-security-policy')).toContain('style-src');
  expect(headers.get('strict-transport-security')).toBeNull();
  await local.close();
});

test('pages of other origins get nothing by default', async () => {
  const api = await startLoneApi({ loopback: false });
  for (const answer of [
    await api.ask('GET', '/healthz', undefined, { origin: PAGE }),
    await api.ask('OPTIONS', '/orchestrate/submit', undefined, preflight),
  ]) {
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
  await api.close();
});

describe('with an origin that may', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startLoneApi({ config: { api: { requests_per_minute: null, cors_origins: [PAGE] } } });
    await api.store.createKey({ owner: 'ann', name: '' });
  });
  afterAll(() => api.close());

  test('its pages may ask before they have shown a key, and read what is answered, errors too', async () => {
    const asked = await api.ask('OPTIONS', '/orchestrate/submit', undefined, preflight);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(asked.headers.get('access-control-allow-methods')).toContain('POST');
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const refused = await api.ask('GET', '/orchestrate/jobs', undefined, { origin: PAGE });
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe(PAGE);
  });

  test('those of others may not', async () => {
    const other = await api.ask('OPTIONS', '/orchestrate/submit', undefined, {
      ...preflight,
      origin: 'https://evil.example',
    });
    expect(other.status).toBe(403);
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });
});
