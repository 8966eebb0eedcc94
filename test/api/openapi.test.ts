import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLoneApi, type TestApi, type Told } from './setup.ts';

let api: TestApi;
let document: Told['body'];
beforeAll(async () => {
  api = await startLoneApi();
  document = (await api.ask('GET', '/openapi.json')).body;
});
afterAll(() => api.close());

interface Described {
  operationId: string;
  summary: string;
  responses: Record<string, { description: string; content?: unknown }>;
}
const operations = (): [string, Described][] =>
  Object.entries(document.paths as Record<string, Record<string, Described>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, of]): [string, Described] => [`${method} ${path}`, of]),
  );

test('every route that is served is described, and the other way round', () => {
  const undocumented = new Set(['get /openapi.json', 'get /docs']);
  const served = api.app.routes
    .filter((route) => route.method !== 'ALL')
    .map((route) => `${route.method.toLowerCase()} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`)
    // pages are for people
    .filter((route) => !undocumented.has(route) && !/^get \/(ui\b.*)?$/.test(route));
  expect(new Set(operations().map(([route]) => route))).toEqual(new Set(served));
});

test('operations have names of their own, a summary, and every status they answer with', () => {
  const ids = operations().map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [route, { summary, responses }] of operations()) {
    expect(summary, route).toBeTruthy();
    expect(Object.keys(responses), route).toContain('500');
    if (route.includes('{job_id}')) expect(Object.keys(responses), route).toContain('404');
  }
  const submit = operations().find(([route]) => route === 'post /orchestrate/submit')![1];
  expect(Object.keys(submit.responses)).toEqual(
    expect.arrayContaining(['200', '201', '202', '400', '401', '403', '409', '410', '413', '415', '503']),
  );
});

test('what clients need has a name', () => {
  const schemas = Object.keys(document.components.schemas);
  for (const name of ['Submission', 'Plan', 'Task', 'Job', 'JobEvent', 'Artifact', 'Error', 'LedgerRow']) {
    expect(schemas).toContain(name);
  }
});

/** Every object of the document, with where it stands. */
function* objectsIn(value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>];
  for (const [key, one] of Object.entries(value)) {
    yield* objectsIn(one, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}

test('every reference leads somewhere', () => {
  const places = new Set([...objectsIn(document)].map(([at]) => at));
  const references = [...objectsIn(document)].flatMap(([at, { $ref }]) =>
    typeof $ref === 'string' ? [[at, $ref] as const] : [],
  );
  expect(references.length).toBeGreaterThan(100);
  for (const [at, reference] of references) expect(places, at).toContain(reference);
});

test('text in bodies says what it looks like, if only that it holds no NUL', () => {
  const components = document.components.schemas as Record<string, unknown>;
  const seen = new Set<unknown>();
  function* textsIn(value: unknown): Generator<Record<string, unknown>> {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const schema = value as Record<string, unknown>;
    if ([schema.type].flat().includes('string')) yield schema;
    if (typeof schema.$ref === 'string') yield* textsIn(components[schema.$ref.split('/').at(-1)!]);
    for (const inner of Object.values(schema)) yield* textsIn(inner);
  }
  const bodies = operations().map(([, operation]) => (operation as { requestBody?: unknown }).requestBody);
  const texts = [...textsIn(bodies)];
  expect(texts.length).toBeGreaterThan(50);
  for (const schema of texts) {
    const says = ['pattern', 'format', 'enum', 'const'].filter((keyword) => keyword in schema);
    expect(says, JSON.stringify(schema)).not.toEqual([]);
  }
});

test('no two components, and no two operations, would be one class of a client', () => {
  const asClass = (name: string) => name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();
  const sets = [
    ...Object.values(document.components as Record<string, object>).map(Object.keys),
    operations().map(([, { operationId }]) => operationId),
  ];
  for (const names of sets) {
    const same = Map.groupBy(names, asClass);
    expect([...same.values()].filter((of) => of.length > 1)).toEqual([]);
    for (const name of names) expect(name).toMatch(/^[A-Za-z]\w*$/);
  }
});

test('what stands in the document as a component does not stand there a second time, written out', () => {
  const shape = (of: object) => JSON.stringify({ ...of, description: undefined });
  const named = new Map(
    Object.entries(document.components.schemas as Record<string, object>)
      .filter(([, of]) => 'properties' in of)
      .map(([name, of]) => [shape(of), name]),
  );
  for (const [at, of] of objectsIn(document)) {
    if (!/^#\/components\/schemas\/[^/]+$/.test(at))
      expect([at, named.get(shape(of))]).toEqual([at, undefined]);
  }
});

test('streams of events are typed in one way', () => {
  const streams = [...objectsIn(document)].filter(([at]) => at.endsWith('/content/text~1event-stream'));
  expect(streams.length).toBeGreaterThan(3);
  for (const [at, { schema }] of streams) {
    const description = expect.stringMatching(/^server-sent events: .*`data`/);
    expect(schema, at).toEqual({ type: 'string', description });
  }
});

test('the page shows every route and takes nothing from elsewhere', async () => {
  const { status, body } = await api.ask('GET', '/docs');
  expect(status).toBe(200);
  for (const path of Object.keys(document.paths)) expect(body).toContain(path);
  expect(body).not.toMatch(/<script|src=|https?:\/\//);
});

test('no named shape is null by itself, and whole numbers of queries are such with their limits', () => {
  for (const [name, shape] of Object.entries(document.components.schemas)) {
    expect([(shape as { type?: unknown }).type].flat(), name).not.toContain('null');
  }
  const { plan } = document.components.schemas.SubmitAnswer.properties;
  expect(plan).toEqual({ anyOf: [{ $ref: '#/components/schemas/Plan' }, { type: 'null' }] });
  const parameter = (path: string, name: string) =>
    document.paths[path].get.parameters.find((one: { name: string }) => one.name === name).schema;
  const limit = parameter('/orchestrate/jobs', 'limit');
  expect(limit).toMatchObject({ type: 'integer', minimum: 1, maximum: 500, default: 50 });
  const after = parameter('/events', 'after');
  expect(after.anyOf).toContainEqual(expect.objectContaining({ type: 'integer', minimum: 0 }));
});
