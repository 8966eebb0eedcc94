import type { Api } from './access/caller.ts';

type Document = ReturnType<Api['getOpenAPI31Document']>;

/** The OpenAPI document of all routes of `api`. */
export function openApiDocument(api: Api): Document {
  const document = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Orchestrator',
      version: '1',
      description:
        'Submit a spec, get a plan, approve it, and watch agents carry it out. Times are ISO-8601 UTC, durations are in seconds, money is in USD. Errors are `{"error": {"code", "message", "fields"}}`.',
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
  });
  return withTexts(withReferences(document));
}

/** The document as it is true of a service that asks for no key, since none was ever made. */
export const withoutKeys = (document: Document): Document => ({ ...document, security: [] });

/** Says how keys are sent. */
export function registerSecurity(api: Api): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description:
      'a key made by `orchestrator keys create`; needed once there is one. Its role (viewer, operator, admin) says what it may do, its owner whose jobs it sees; an admin sees all',
  });
}

/**
 * Has named shapes stand in the document once. One with a description of its own would be written out again where it is
 * used, and generators of clients would make a second type of it, perhaps of the same name.
 */
function withReferences(document: Document): Document {
  const schemas = document.components?.schemas ?? {};
  const names = new Map(
    Object.entries(schemas)
      .filter(([, schema]) => 'properties' in schema)
      .map(([name, schema]) => [keyOf(schema), name]),
  );
  const replace = (value: unknown, isNamed = false): unknown => {
    if (Array.isArray(value)) return value.map((one) => replace(one));
    if (typeof value !== 'object' || value === null) return value;
    const name = isNamed || !('properties' in value) ? undefined : names.get(keyOf(value));
    if (name !== undefined) {
      const own = 'description' in value ? { description: value.description } : {};
      return { $ref: `#/components/schemas/${name}`, ...own };
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replace(one)]));
  };
  const named = Object.entries(schemas).map(([name, schema]) => [name, replace(schema, true)]);
  return {
    ...(replace({ ...document, components: undefined }) as Document),
    components: { ...document.components, schemas: Object.fromEntries(named) },
  };
}

/** Text that every store keeps, see api/request/json.ts. */
const WITHOUT_NUL = '^[^\\u0000]*$';

/** Says of all text in bodies of requests that it holds no NUL, where no pattern or format says more. */
function withTexts(document: Document): Document {
  const whole = structuredClone(document);
  const schemas = whole.components?.schemas ?? {};
  const seen = new Set<unknown>();
  const mark = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (isAnyText(value)) Object.assign(value, { pattern: WITHOUT_NUL });
    if ('$ref' in value) mark(schemas[String(value.$ref).split('/').at(-1)!]);
    for (const inner of Object.values(value)) mark(inner);
  };
  for (const path of Object.values(whole.paths ?? {})) {
    for (const operation of Object.values(path)) mark((operation as { requestBody?: unknown }).requestBody);
  }
  return whole;
}

const isAnyText = (schema: object): boolean =>
  'type' in schema &&
  [schema.type].flat().includes('string') &&
  !['pattern', 'format', 'enum', 'const'].some((keyword) => keyword in schema);

const keyOf = (schema: object): string => JSON.stringify({ ...schema, description: undefined });
