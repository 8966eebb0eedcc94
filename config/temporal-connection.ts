import { readFileSync } from 'node:fs';
import { type Env, EnvError, type EnvName, envFlag, envIsSet, envString, envText } from './env.ts';

/** What `Connection.connect` and `NativeConnection.connect` both take, plus the namespace. */
export interface TemporalTarget {
  /** `host:port` */
  address: string;
  namespace: string;
  apiKey?: string;
  tls?: true | { serverRootCACertificate?: Buffer; clientCertPair?: { crt: Buffer; key: Buffer } };
}

/**
 * The Temporal server the environment names: address, namespace, TLS and API key.
 * Throws {@link EnvError} for a file that can't be read, or a certificate without its key.
 */
export function temporalTarget(env: Env = process.env): TemporalTarget {
  const apiKey = envText('TEMPORAL_API_KEY', env);
  const tls = readTls(env) ?? (apiKey || envFlag('TEMPORAL_TLS', env) ? true : undefined);
  return {
    address: envString('TEMPORAL_ADDRESS', env),
    namespace: envString('TEMPORAL_NAMESPACE', env),
    ...(apiKey ? { apiKey } : {}),
    ...(tls ? { tls } : {}),
  };
}

function readTls(env: Env): Exclude<TemporalTarget['tls'], true> {
  const ca = readPem('TEMPORAL_TLS_CA', env);
  const crt = readPem('TEMPORAL_TLS_CERT', env);
  const key = readPem('TEMPORAL_TLS_KEY', env);
  if (Boolean(crt) !== Boolean(key))
    throw new EnvError('TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY must be set together.');
  if (!ca && !crt) return undefined;
  return {
    ...(ca ? { serverRootCACertificate: ca } : {}),
    ...(crt && key ? { clientCertPair: { crt, key } } : {}),
  };
}

function readPem(name: EnvName, env: Env): Buffer | undefined {
  if (!envIsSet(name, env)) return undefined;
  const path = envString(name, env);
  try {
    return readFileSync(path);
  } catch {
    throw new EnvError(`${name} names ${path}, which can't be read.`);
  }
}
