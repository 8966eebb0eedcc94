import { z } from 'zod';
import { type FakeHosting, startHosting } from './hosting-server.ts';

/** A pull request as GitHub tells of it, as far as anybody here reads it. */
export interface GithubPull {
  number: number;
  html_url: string;
  state: 'open' | 'closed';
  title: string;
  body: string;
  base: { ref: string };
  head: { ref: string; sha: string; repo: { full_name: string } | null };
}

const List = z.strictObject({
  head: z.string().regex(/^[^:]+:.+$/),
  base: z.string(),
  state: z.enum(['open', 'closed', 'all']),
  sort: z.literal('created'),
  direction: z.literal('desc'),
  per_page: z.coerce.number().int().max(100),
});
const Create = z.strictObject({
  title: z.string().min(1).max(256),
  body: z.string().max(65_536),
  head: z.string(),
  base: z.string(),
});
const Update = z.strictObject({ title: z.string().min(1).max(256), body: z.string().max(65_536) });

/**
 * A strict fake of pull requests at GitHub, see https://docs.github.com/en/rest/pulls/pulls
 * @param options.head_of the commit of a branch; undefined: there is none
 */
export function startGithub(options: {
  token: string;
  /** owner/name */
  project: string;
  head_of: (branch: string) => string | undefined;
}): Promise<FakeHosting<GithubPull>> {
  const pulls = `/repos/${options.project}/pulls`;
  return startHosting<GithubPull>((call, requests) => {
    if (call.headers.authorization !== `token ${options.token}`)
      return { status: 401, body: { message: 'Bad credentials' } };
    const told = (pull: GithubPull) => ({
      ...pull,
      head: { ...pull.head, sha: options.head_of(pull.head.ref) ?? pull.head.sha },
    });
    if (call.line === `GET ${pulls}`) {
      const { head, base, state } = List.parse(call.query);
      const [owner, ref] = head.split(/:(.*)/s);
      const found = requests.filter(
        (pull) =>
          pull.head.ref === ref &&
          (pull.head.repo?.full_name.split('/')[0] ?? owner) === owner &&
          pull.base.ref === base &&
          (state === 'all' || pull.state === state),
      );
      return { status: 200, body: found.reverse().map(told) };
    }
    if (call.line === `POST ${pulls}`) {
      const { title, body, head, base } = Create.parse(call.body);
      const sha = options.head_of(head);
      if (sha === undefined) return invalid({ resource: 'PullRequest', field: 'head', code: 'invalid' });
      if (
        requests.some((pull) => pull.state === 'open' && pull.head.ref === head && pull.base.ref === base)
      ) {
        return invalid({
          resource: 'PullRequest',
          code: 'custom',
          message: `A pull request already exists for ${head}.`,
        });
      }
      const number = requests.length + 1;
      const pull: GithubPull = {
        number,
        html_url: `https://github.test/${options.project}/pull/${number}`,
        state: 'open',
        title,
        body,
        base: { ref: base },
        head: { ref: head, sha, repo: { full_name: options.project } },
      };
      requests.push(pull);
      return { status: 201, body: pull };
    }
    const number = new RegExp(`^PATCH ${pulls}/(\\d+)$`).exec(call.line)?.[1];
    const pull = requests.find((pull) => String(pull.number) === number);
    if (!pull) throw new Error('is not known to the fake');
    Object.assign(pull, Update.parse(call.body));
    return { status: 200, body: told(pull) };
  });
}

const invalid = (error: object) => ({ status: 422, body: { message: 'Validation Failed', errors: [error] } });
