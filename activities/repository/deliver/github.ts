import { Octokit } from '@octokit/rest';
import { z } from 'zod';
import { answerProblem, pageUrl, parsed } from './answers.ts';
import { type Hosting, HostingError, type KnownRequest, type WantedRequest } from './hosting.ts';

const Pull = z.object({
  number: z.int().positive(),
  html_url: pageUrl,
  state: z.string(),
  head: z.object({
    ref: z.string(),
    sha: z.string(),
    // null: the repository is gone
    repo: z.object({ full_name: z.string() }).nullable(),
  }),
});

/** Pull requests of GitHub, see https://docs.github.com/en/rest/pulls/pulls */
export function github(options: {
  api_url: string;
  token: string;
  /** owner/name */
  project: string;
  wanted: WantedRequest;
  fetch: typeof fetch;
}): Hosting {
  const { api_url, token, project, wanted } = options;
  const [owner = '', repo = ''] = project.split('/');
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const octokit = new Octokit({
    auth: token,
    baseUrl: api_url,
    request: { fetch: options.fetch },
    log: silent,
  });
  const { title, body, branch, base } = wanted;
  const told = (error: unknown) => refuse(error, api_url);
  const known = ({ number, html_url, state, head }: z.output<typeof Pull>): KnownRequest => ({
    number,
    url: html_url,
    open: state === 'open',
    head_sha: head.sha,
  });
  const one = (data: unknown) => known(parsed(Pull, data, 'GitHub'));
  const isOurs = ({ head }: z.output<typeof Pull>) =>
    head.ref === branch && head.repo?.full_name.toLowerCase() === project.toLowerCase();
  return {
    async list() {
      const query = { owner, repo, head: `${owner}:${branch}`, base, state: 'all' as const };
      const { data } = await octokit.pulls
        .list({ ...query, sort: 'created', direction: 'desc', per_page: 30 })
        .catch(told);
      return parsed(z.array(Pull).max(100), data, 'GitHub').filter(isOurs).map(known);
    },
    async create() {
      const { data } = await octokit.pulls
        .create({ owner, repo, title, body, head: branch, base })
        .catch(told);
      return one(data);
    },
    async update(number) {
      const { data } = await octokit.pulls
        .update({ owner, repo, pull_number: number, title, body })
        .catch(told);
      return one(data);
    },
  };
}

function refuse(error: unknown, api_url: string): never {
  // the library puts errors of `fetch` into one of its own
  const inner = error instanceof Error && error.cause instanceof HostingError ? error.cause : error;
  if (inner instanceof HostingError) throw inner;
  const status = error instanceof Error && 'status' in error ? Number(error.status) : Number.NaN;
  if (!(error instanceof Error) || Number.isNaN(status)) throw error;
  throw answerProblem(new URL(api_url).host, status, error.message);
}
