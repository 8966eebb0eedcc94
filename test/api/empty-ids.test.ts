import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoneApi, type TestApi } from './setup.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startLoneApi();
});
afterAll(() => api.close());

interface Operation {
  responses: Record<string, unknown>;
}

test('a path whose id is empty is not found, as every route with an id says that it may be', async () => {
  const { body } = await api.ask('GET', '/openapi.json');
  const paths = Object.entries(body.paths as Record<string, Record<string, Operation>>);
  const tried: string[] = [];
  for (const [path, methods] of paths) {
    const names = [...path.matchAll(/\{\w+\}/g)];
    for (const [index, name] of names.entries()) {
      const given = path.slice(0, name.index) + path.slice(name.index + name[0].length);
      // the others are ids that could be
      const url = given.replaceAll(/\{\w+\}/g, 'x');
      const isLast = index === names.length - 1 && path.endsWith('}');
      for (const [method, { responses }] of Object.entries(methods)) {
        const { status } = await api.ask(method.toUpperCase(), url, method === 'get' ? undefined : {});
        tried.push(`${method} ${url}`);
        if (status === 404) continue;
        // without its end it is the path of all of them
        expect(
          isLast && method in (body.paths[given.replace(/\/$/, '')] ?? {}),
          `${method} ${url}: ${status}`,
        ).toBe(true);
        expect(Object.keys(responses), `${method} ${url}`).toContain(String(status));
      }
    }
  }
  expect(tried).toContain('delete /agents/');
  expect(await api.ask('DELETE', '/agents/')).toMatchObject({ status: 404, body: { fields: [] } });
  // there it is the method that does not fit
  expect(await api.ask('DELETE', '/agents')).toMatchObject({ status: 405 });
});
