import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  RandomIdGenerator,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { type Env, EnvError, envNumber, envOneOf } from '../config/env.ts';
import { traceIdOf } from './ids.ts';
import type { Attributes, RunningSpan, SpanStart, Tracing } from './tracing.ts';

const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT };

/** Tracing over OTLP; where to, with which headers and limits, is what the exporter reads of the environment. */
export function createTracing(service: string, env: Env): Tracing {
  const ids = new RandomIdGenerator();
  // told right before a span is made, which takes them at once
  const next: { trace: string | undefined; span: string | undefined } = { trace: undefined, span: undefined };
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'process.pid': process.pid }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(env),
    idGenerator: {
      generateTraceId: () => next.trace ?? ids.generateTraceId(),
      generateSpanId: () => next.span ?? ids.generateSpanId(),
    },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        scheduledDelayMillis: envNumber('OTEL_BSP_SCHEDULE_DELAY', { min: 1 }, env),
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracer = provider.getTracer('orchestrator');

  const start = (span: SpanStart, began_at?: number): Span => {
    const traceId = traceIdOf(span.job_id);
    const parent: Context =
      span.parent === null
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, {
            traceId,
            spanId: span.parent,
            traceFlags: TraceFlags.SAMPLED,
            isRemote: true,
          });
    next.trace = traceId;
    next.span = span.id;
    try {
      const attributes = { ...span.attributes, 'orchestrator.job_id': span.job_id };
      return tracer.startSpan(
        span.name,
        { kind: KINDS[span.kind ?? 'internal'], attributes, startTime: began_at },
        parent,
      );
    } finally {
      next.trace = undefined;
      next.span = undefined;
    }
  };
  const within = async <T>(span: Span, work: (span: RunningSpan) => Promise<T>): Promise<T> => {
    try {
      return await context.with(trace.setSpan(context.active(), span), () => work(controls(span)));
    } catch (error) {
      fail(span, error instanceof Error ? error.name : 'Error');
      throw error;
    } finally {
      span.end();
    }
  };
  return {
    record({ began_at, ended_at, error, ...span }) {
      const made = start(span, began_at);
      if (error !== undefined) fail(made, error);
      made.end(ended_at);
    },
    run: (span, work) => within(start(span), work),
    child({ name, kind = 'internal', attributes = {} }, work) {
      if (!trace.getSpan(context.active())) return work(NOWHERE);
      return within(tracer.startSpan(name, { kind: KINDS[kind], attributes }), work);
    },
    flush: () => provider.forceFlush().catch(() => undefined),
    async close() {
      await provider.shutdown().catch(() => undefined);
      context.disable();
    },
  };
}

const NOWHERE: RunningSpan = { set: () => {}, fail: () => {} };

const controls = (span: Span): RunningSpan => ({
  set: (attributes: Attributes) => void span.setAttributes(attributes),
  fail: (type) => fail(span, type),
});

/** By its type alone: messages may hold what somebody wrote. */
function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** By the trace id alone, which all processes make the same: a trace is there as a whole, or not at all. */
function samplerOf(env: Env): Sampler {
  const chosen = envOneOf('OTEL_TRACES_SAMPLER', SAMPLERS, env);
  if (chosen.endsWith('always_on')) return new AlwaysOnSampler();
  if (chosen.endsWith('always_off')) return new AlwaysOffSampler();
  const ratio = envNumber('OTEL_TRACES_SAMPLER_ARG', { min: 0, fraction: true }, env);
  if (ratio > 1) throw new EnvError('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1.');
  return new TraceIdRatioBasedSampler(ratio);
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
