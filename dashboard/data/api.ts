import { type ApiAddress, createClient, type Schemas } from '../../client/client.ts';
import { noteServerTime } from './server-clock.ts';
import { currentSession } from './session.ts';

export { dataOf, jsonOf } from '../../client/client.ts';
export type { Schemas };

/** Where the API is, with the key of this session. */
export function address(): ApiAddress {
  return { url: window.location.origin, api_key: currentSession().api_key ?? undefined };
}

/** The API, typed by its OpenAPI document. Each call shows the key that the session has then. */
export const api = createClient({ url: window.location.origin });

api.use({
  onRequest({ request }) {
    const { api_key } = currentSession();
    if (api_key !== null) request.headers.set('authorization', `Bearer ${api_key}`);
    return request;
  },
  onResponse({ response }) {
    noteServerTime(response.headers.get('date'));
  },
});
