import createFetchClient, { type Client } from 'openapi-fetch';
import { apiErrorOf, UnreachableError } from './errors.ts';
import type { components, paths } from './generated/openapi.d.ts';

/** Every route of the API, typed by its OpenAPI document. */
export type ApiClient = Client<paths>;

/** The named shapes of the OpenAPI document. */
export type Schemas = components['schemas'];

/** Where the API is, and the key to show; without `api_key` none is sent. */
export interface ApiAddress {
  /** base URL, for instance `http://127.0.0.1:8080` */
  url: string;
  api_key?: string;
}

/** A client of the API. Its calls answer `{data, error, response}`; {@link dataOf} turns that into data or a throw. */
export function createClient(address: ApiAddress): ApiClient {
  return createFetchClient<paths>({ baseUrl: baseUrl(address), headers: authorization(address) });
}

/** The same for a route that may also answer text: its JSON. */
export async function jsonOf<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<Exclude<NonNullable<T>, string>> {
  const data = await dataOf(call);
  if (typeof data === 'string') throw new TypeError('The server answered text where JSON was asked for.');
  return data as Exclude<NonNullable<T>, string>;
}

/** The base URL without a slash at its end. */
export const baseUrl = ({ url }: ApiAddress): string => url.replace(/\/+$/, '');

/** The headers that show the key. */
export const authorization = ({ api_key }: ApiAddress): Record<string, string> =>
  api_key ? { authorization: `Bearer ${api_key}` } : {};

/**
 * What a call gave. Throws an ApiError for an answer that is an error, and an {@link UnreachableError} where
 * nothing answers.
 */
export async function dataOf<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<NonNullable<T>> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw new UnreachableError(cause);
  });
  if (!response.ok || data === undefined || data === null) throw apiErrorOf(response.status, error);
  return data;
}
