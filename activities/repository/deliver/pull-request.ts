import type { RepositoryHost } from '../../../contracts/repository/config.ts';
import type { Location } from '../../../core/repository/location.ts';
import { pullRequestTitle } from '../../../core/repository/pull-request-body.ts';
import { createMask } from '../../../core/text/mask.ts';
import { tokenOf } from '../remote/access.ts';
import { apiFetch } from './api-fetch.ts';
import { API_SECONDS, type DeliverDeps } from './deps.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { type Hosting, HostingError, type WantedRequest } from './hosting.ts';

type Remote = Exclude<Location, { kind: 'path' }>;

/**
 * Opens a pull request for a branch that was pushed, or gives the open one of that branch its new text. One with the
 * same commits that somebody has merged or closed is left as it is.
 * @returns the URL of its page
 * @throws HostingError, LocationRefused, or whatever the signal was aborted with
 */
export async function requestPull(
  deps: DeliverDeps,
  request: { location: Remote; host: RepositoryHost; wanted: WantedRequest },
  signal: AbortSignal,
): Promise<string> {
  const { location, host } = request;
  const token = tokenOf(host, deps.env) ?? '';
  const wanted = { ...request.wanted, title: pullRequestTitle(request.wanted.title) };
  const options = {
    api_url: (host.api_url ?? usualApi(location, host.api)).replace(/\/+$/, ''),
    token,
    project: location.project,
    wanted,
    fetch: apiFetch(deps.api_seconds ?? API_SECONDS, createMask([token]), signal),
  };
  return await openOrUpdate(host.api === 'gitlab' ? gitlab(options) : github(options), wanted.head_sha);
}

async function openOrUpdate(hosting: Hosting, head_sha: string): Promise<string> {
  const there = await known(hosting, head_sha);
  if (there !== null) return there;
  try {
    return (await hosting.create()).url;
  } catch (error) {
    // somebody was quicker, or the answer to an earlier try was lost
    const exists = error instanceof HostingError && (error.status === 409 || error.status === 422);
    const meanwhile = exists ? await known(hosting, head_sha) : null;
    if (meanwhile === null) throw error;
    return meanwhile;
  }
}

async function known(hosting: Hosting, head_sha: string): Promise<string | null> {
  const all = await hosting.list();
  const open = all.find((request) => request.open);
  if (open) return (await hosting.update(open.number)).url;
  return all.find((request) => request.head_sha === head_sha)?.url ?? null;
}

/** Where the API of a host usually is. The port of an ssh URL is not that of its pages. */
function usualApi({ kind, host, url }: Remote, api: RepositoryHost['api']): string {
  const web = kind === 'ssh' ? `https://${host.replace(/:\d+$/, '')}` : new URL(url).origin;
  if (api === 'gitlab') return `${web}/api/v4`;
  return host === 'github.com' ? 'https://api.github.com' : `${web}/api/v3`;
}
