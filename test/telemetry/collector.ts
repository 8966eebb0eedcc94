import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

/** A span as it came over the wire. */
export interface SeenSpan {
  trace_id: string;
  span_id: string;
  /** empty: the root */
  parent_id: string;
  name: string;
  kind: number;
  /** nanoseconds since 1970 */
  began: bigint;
  ended: bigint;
  failed: boolean;
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

/** A collector of traces, as OpenTelemetry's specification has it: OTLP over HTTP, in protobuf. */
export interface Collector {
  url: string;
  spans: SeenSpan[];
  close(): Promise<void>;
}

/** https://github.com/open-telemetry/opentelemetry-proto: what the test looks at */
const PROTO = `
syntax = "proto3";
message AnyValue { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; Status status = 15;
}
message ScopeSpans { repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Request { repeated ResourceSpans resource_spans = 1; }
`;
const ERROR = 2;

interface WireValue {
  array_value?: { values?: WireValue[] };
  [kind: string]: unknown;
}
interface WireSpan {
  [field: string]: string;
}
type Pairs = { key: string; value: WireValue }[] | undefined;

/** Listens on a free port; refuses what is no export of traces. */
export async function startCollector(): Promise<Collector> {
  const { root } = protobuf.parse(PROTO, { keepCase: true });
  const type = root.lookupType('Request');
  const spans: SeenSpan[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/x-protobuf') {
      response.writeHead(404).end();
      return;
    }
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const read = type.toObject(type.decode(bytes), { longs: String, bytes: String });
    for (const { resource, scope_spans = [] } of read.resource_spans ?? [])
      for (const { spans: of = [] } of scope_spans)
        for (const span of of) spans.push(seen(span, toObject(resource?.attributes)));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function seen(span: WireSpan, resource: Record<string, unknown>): SeenSpan {
  const { name = '', start_time_unix_nano, end_time_unix_nano, attributes, status, kind } = span;
  return {
    trace_id: hex(span.trace_id),
    span_id: hex(span.span_id),
    parent_id: hex(span.parent_span_id),
    name,
    kind: Number(kind ?? 0),
    began: BigInt(start_time_unix_nano ?? 0),
    ended: BigInt(end_time_unix_nano ?? 0),
    failed: (status as unknown as { code?: number } | undefined)?.code === ERROR,
    attributes: toObject(attributes as unknown as Pairs),
    resource,
  };
}

const hex = (base64 = ''): string => Buffer.from(base64, 'base64').toString('hex');

const toObject = (pairs: Pairs): Record<string, unknown> =>
  Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, plain(value)]));

function plain(value: WireValue): unknown {
  if (value.array_value) return (value.array_value.values ?? []).map(plain);
  const [kind, inner] = Object.entries(value)[0] ?? [];
  return kind === 'int_value' ? Number(inner) : inner;
}
