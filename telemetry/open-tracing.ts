import { type Env, envIsSet, envOneOf, envText } from '../config/env.ts';
import type { Tracing } from './tracing.ts';

/**
 * Tracing as the standard variables say (https://opentelemetry.io/docs/specs/otel/protocol/exporter/): undefined unless
 * there is an OTLP endpoint. Throws an EnvError.
 * @param service `service.name`, where `OTEL_SERVICE_NAME` gives none
 */
export async function openTracing(service: string, env: Env = process.env): Promise<Tracing | undefined> {
  const anywhere =
    envIsSet('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', env) || envIsSet('OTEL_EXPORTER_OTLP_ENDPOINT', env);
  if (!anywhere || envText('OTEL_SDK_DISABLED', env)?.toLowerCase() === 'true') return undefined;
  if (envText('OTEL_TRACES_EXPORTER', env) === 'none') return undefined;
  envOneOf('OTEL_EXPORTER_OTLP_PROTOCOL', ['http/protobuf'], env);
  const { createTracing } = await import('./opentelemetry.ts');
  return createTracing(service, env);
}
