import { ProblemError } from '../../contracts/error.ts';
import type { Callback } from '../../store/index.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';

/** What an address that an agent was given is for. Throws `not_found` or `gone` for one that takes nothing. */
export async function openCallback({ store }: Pick<ApiDeps, 'store'>, token: string): Promise<Callback> {
  const callback = await store.findCallback(token);
  if (callback === null) notFound('callback address like this');
  if (callback.used_at !== null) callbackGone('was used already');
  if (callback.expires_at <= new Date().toISOString()) callbackGone('has expired');
  return callback;
}

/** Throws `gone`. */
export function callbackGone(why: string): never {
  throw new ProblemError({ code: 'gone', message: `This callback address ${why}.` });
}
