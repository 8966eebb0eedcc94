/** Attributes of a span; never prompts, answers, or anything that a person wrote. */
export type Attributes = Record<string, string | number | boolean | string[] | undefined>;

/** A span of a job's trace. */
export interface SpanStart {
  name: string;
  job_id: string;
  /** its own id, where others know it by what it is; else any */
  id?: string;
  /** null: the root */
  parent: string | null;
  kind?: 'internal' | 'server' | 'client';
  attributes?: Attributes;
}

/** A span that is over. */
export interface EndedSpan extends SpanStart {
  /** milliseconds since 1970 */
  began_at: number;
  ended_at: number;
  /** why it failed; left out: it did not */
  error?: string;
}

/** What a span that runs can be told. */
export interface RunningSpan {
  set(attributes: Attributes): void;
  fail(type: string): void;
}

/** Where spans go. Nothing has one where tracing is off, and nothing of OpenTelemetry is loaded then. */
export interface Tracing {
  record(span: EndedSpan): void;
  /** Runs something as a span; what it throws fails the span, and is thrown on. */
  run<T>(span: SpanStart, work: (span: RunningSpan) => Promise<T>): Promise<T>;
  /** The same as a child of the span in which it is called; without a span where there is none. */
  child<T>(
    span: Pick<SpanStart, 'name' | 'kind' | 'attributes'>,
    work: (span: RunningSpan) => Promise<T>,
  ): Promise<T>;
  /** Sends what has not been sent. */
  flush(): Promise<void>;
  /** The same, and ends it. */
  close(): Promise<void>;
}
