import { type Env, envPort, envText } from './env.ts';

/** Base URL of the API as agents over HTTP reach it, without a slash at its end. */
export function publicUrl(env: Env = process.env): string {
  const given = envText('ORCHESTRATOR_PUBLIC_URL', env);
  return given ? given.replace(/\/+$/, '') : `http://127.0.0.1:${envPort('PORT', env)}`;
}
