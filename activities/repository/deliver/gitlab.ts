import { z } from 'zod';
import { answerProblem, pageUrl, parsed } from './answers.ts';
import type { Hosting, KnownRequest, WantedRequest } from './hosting.ts';

const MergeRequest = z.object({
  iid: z.int().positive(),
  web_url: pageUrl,
  state: z.string(),
  sha: z.string().nullish(),
  source_branch: z.string(),
  source_project_id: z.int().nullish(),
  target_project_id: z.int().nullish(),
});

/**
 * Merge requests of GitLab, see https://docs.gitlab.com/api/merge_requests. Three calls by hand: its library follows
 * redirects, repeats calls by itself, and reads answers of any size.
 */
export function gitlab(options: {
  api_url: string;
  token: string;
  /** with the groups that it is in */
  project: string;
  wanted: WantedRequest;
  fetch: typeof fetch;
}): Hosting {
  const { api_url, token, wanted } = options;
  const { title, body: description, branch: source_branch, base: target_branch } = wanted;
  const requests = `${api_url}/projects/${encodeURIComponent(options.project)}/merge_requests`;
  const call = async (method: string, url: string, body?: object): Promise<unknown> => {
    const answer = await options.fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        'private-token': token,
        'user-agent': 'orchestrator',
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw answerProblem(new URL(api_url).host, answer.status, saidIn(text));
    return parsed(Json, text, 'GitLab');
  };
  const known = ({ iid, web_url, state, sha }: z.output<typeof MergeRequest>): KnownRequest => ({
    number: iid,
    url: web_url,
    open: state === 'opened',
    head_sha: sha ?? null,
  });
  const one = (data: unknown) => known(parsed(MergeRequest, data, 'GitLab'));
  return {
    async list() {
      const query = new URLSearchParams({
        source_branch,
        target_branch,
        state: 'all',
        order_by: 'created_at',
        sort: 'desc',
        per_page: '30',
      });
      const found = parsed(
        z.array(MergeRequest).max(100),
        await call('GET', `${requests}?${query}`),
        'GitLab',
      );
      // a fork may have a branch of that name, too
      const isOurs = (request: z.output<typeof MergeRequest>) =>
        request.source_branch === source_branch && request.source_project_id === request.target_project_id;
      return found.filter(isOurs).map(known);
    },
    create: async () =>
      one(await call('POST', requests, { title, description, source_branch, target_branch })),
    update: async (number) => one(await call('PUT', `${requests}/${number}`, { title, description })),
  };
}

const Json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
});

/** `{message: text, list or fields}` or `{error: text}`. */
function saidIn(text: string): string {
  try {
    const { message, error } = z
      .object({ message: z.unknown().optional(), error: z.unknown().optional() })
      .parse(JSON.parse(text));
    const said = message ?? error;
    return typeof said === 'string' ? said : (JSON.stringify(said) ?? '');
  } catch {
    return text;
  }
}
