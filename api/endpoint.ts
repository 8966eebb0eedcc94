import { z } from 'zod';
import type { Role } from '../contracts/access.ts';
import { ERROR_STATUS, ErrorBody, type ErrorCode, ProblemError } from '../contracts/error.ts';
import { withTaskIds } from '../core/plan/validate.ts';
import { issuesBySchema } from '../core/text/known-fields.ts';
import type { Api, Ctx } from './access/caller.ts';
import { checkRole, neededRole } from './access/roles.ts';
import { notFound } from './errors.ts';
import { readBody } from './request/body.ts';
import { parseQuery } from './request/query.ts';

/** One documented success of a route. */
interface Answer {
  description: string;
  schema?: z.ZodType;
  /** other media types than JSON, where there are some */
  media?: Record<string, z.ZodType>;
  headers?: Record<string, string>;
}

interface Shape {
  [name: string]: z.ZodType;
}

/** A route as it is served and documented. */
export interface Endpoint<P extends Shape, Q extends Shape, B extends z.ZodType> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** with `{names}` */
  path: string;
  operation_id: string;
  tag: string;
  summary: string;
  description?: string;
  /** of the path; what does not parse is not found */
  params?: P;
  query?: Q;
  /** whether every query is let through, unread */
  any_query?: boolean;
  body?: B;
  /** refuses by the path alone, before the body is read */
  before_body?: (params: z.output<z.ZodObject<P>>) => Promise<unknown>;
  /** the largest body, in bytes; needed with `body` */
  body_limit?: number;
  /** whether YAML is taken as well */
  yaml?: boolean;
  /** `body` only documents; the handler gets what was sent and checks it itself */
  unchecked?: boolean;
  /** `body` only documents; the handler reads the request itself */
  raw_body?: boolean;
  /** the one media type of the body, where it is not JSON; the handler reads it itself */
  body_media?: string;
  /** request headers by name, described */
  headers?: Record<string, string>;
  answers: Record<number, Answer>;
  /** besides those that every route may give */
  errors?: readonly ErrorCode[];
  /** of the bodies of failures, where they hold more than others */
  error_schema?: z.ZodType;
}

/** The parsed parts of a request. */
export interface Input<P extends Shape, Q extends Shape, B extends z.ZodType> {
  params: z.output<z.ZodObject<P>>;
  query: z.output<z.ZodObject<Q>>;
  body: z.output<B>;
}

/**
 * Serves a route and puts it into the OpenAPI document. Who may use it is checked before its input is parsed, once, here.
 */
export function endpoint<P extends Shape, Q extends Shape, B extends z.ZodType = z.ZodUndefined>(
  api: Api,
  route: Endpoint<P, Q, B>,
  handle: (c: Ctx, input: Input<P, Q, B>) => Response | Promise<Response>,
): void {
  const needed = neededRole(route.method, route.path);
  document(api, route, needed);
  api.on(route.method, route.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (c: Ctx) => {
    checkRole(c.get('role'), needed);
    const params = z.object(route.params ?? ({} as P)).safeParse(c.req.param());
    if (!params.success) notFound(`${nameOf(params.error.issues[0]?.path[0])} of that id`);
    const query = route.any_query ? {} : parseQuery(c.req.url, route.query ?? ({} as Q));
    await route.before_body?.(params.data);
    const isRead = route.body && !route.raw_body && route.body_media === undefined;
    const given = isRead ? await readBody(c, route.body_limit ?? 0, { yaml: route.yaml }) : undefined;
    if ('job_id' in params.data) c.set('job_id', String(params.data.job_id));
    try {
      const body = isRead ? parseBody(given, route) : undefined;
      return await handle(c, { params: params.data, query, body } as Input<P, Q, B>);
    } catch (error) {
      throw namingTasks(error, given);
    }
  });
}

/** What a part of a path names: `task` for `task_id`. */
const nameOf = (param: PropertyKey | undefined): string =>
  String(param ?? 'thing')
    .replace(/_id$/, '')
    .replaceAll('_', ' ');

function parseBody<B extends z.ZodType>(
  given: unknown,
  route: Pick<Endpoint<Shape, Shape, B>, 'body' | 'unchecked'>,
): z.output<B> {
  if (route.unchecked) return given as z.output<B>;
  const parsed = route.body!.safeParse(given);
  if (!parsed.success) {
    const fields = issuesBySchema(parsed.error, route.body!);
    throw new ProblemError({ code: 'validation', message: 'The body is not valid.', fields });
  }
  return parsed.data;
}

/** The same error; its fields name tasks by their ids, too. */
function namingTasks(error: unknown, body: unknown): unknown {
  if (!(error instanceof ProblemError) || !error.problem.fields) return error;
  return new ProblemError({ ...error.problem, fields: withTaskIds(error.problem.fields, body) });
}

function document<P extends Shape, Q extends Shape, B extends z.ZodType>(
  api: Api,
  route: Endpoint<P, Q, B>,
  needed: Role | 'anyone',
): void {
  const headers = Object.entries(route.headers ?? {}).map(([name, description]) => ({
    name,
    in: 'header' as const,
    required: false,
    description,
    schema: { type: 'string' as const, ...HEADER_FORMS[name] },
  }));
  const media = [route.body_media ?? 'application/json', ...(route.yaml ? ['application/yaml'] : [])];
  api.openAPIRegistry.registerPath({
    method: route.method,
    path: route.path,
    operationId: route.operation_id,
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, needed === 'anyone' ? undefined : `Role: ${needed}.`]
      .filter(Boolean)
      .join(' '),
    ...(headers.length > 0 ? { parameters: headers } : {}),
    ...(needed === 'anyone' ? { security: [] } : {}),
    request: {
      ...(route.params ? { params: z.object(route.params) } : {}),
      ...(route.query ? { query: z.object(route.query) } : {}),
      ...(route.body
        ? {
            body: {
              required: !route.body.safeParse({}).success,
              content: Object.fromEntries(media.map((type) => [type, { schema: route.body! }])),
            },
          }
        : {}),
    },
    responses: { ...successes(route.answers), ...failures(route, needed) },
  });
}

/** What request headers look like, where not every text will do. */
const HEADER_FORMS: Record<string, { minLength?: number; maxLength?: number; pattern?: string }> = {
  'If-Match': { pattern: '^(\\*|(W/)?"?0*[1-9][0-9]{0,8}"?)$' },
  'Idempotency-Key': {
    minLength: 1,
    maxLength: 255,
    pattern: '^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$',
  },
};

function successes(answers: Record<number, Answer>) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, media = {}, headers = {} }]) => {
      const types = { ...(schema ? { 'application/json': schema } : {}), ...media };
      const content = Object.fromEntries(Object.entries(types).map(([type, of]) => [type, { schema: of }]));
      return [
        status,
        {
          description,
          ...(Object.keys(types).length > 0 ? { content } : {}),
          ...(Object.keys(headers).length > 0 ? { headers: headerDocs(headers) } : {}),
        },
      ];
    }),
  );
}

/** Every status that a route may fail with, each with the codes that it has then. */
function failures<P extends Shape, Q extends Shape, B extends z.ZodType>(
  route: Endpoint<P, Q, B>,
  needed: Role | 'anyone',
) {
  const codes = new Set<ErrorCode>(['forbidden', 'internal', ...(route.errors ?? [])]);
  if (needed !== 'anyone')
    for (const code of ['unauthorized', 'rate_limited', 'database_unreachable'] as const) codes.add(code);
  if (route.params) codes.add('not_found');
  codes.add('validation');
  if (route.body) codes.add('too_large');
  // a body that is taken as it comes says what it is by itself
  if (route.body && route.body_media === undefined) codes.add('unsupported_media_type');
  const byStatus = Map.groupBy([...codes], (code) => ERROR_STATUS[code]);
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      status,
      {
        description: of.join(', '),
        content: { 'application/json': { schema: route.error_schema ?? ErrorBody } },
        ...(FAILURE_HEADERS[status] ? { headers: headerDocs(FAILURE_HEADERS[status]) } : {}),
      },
    ]),
  );
}

const RETRY_AFTER = { 'Retry-After': 'seconds until another try is worth it' };
const FAILURE_HEADERS: Partial<Record<number, Record<string, string>>> = {
  416: { 'Content-Range': 'how many bytes there are: `bytes */SIZE`' },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

const headerDocs = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );
