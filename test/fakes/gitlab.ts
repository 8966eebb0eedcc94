import { z } from 'zod';
import { type FakeHosting, startHosting } from './hosting-server.ts';

/** A merge request as GitLab tells of it, as far as anybody here reads it. */
export interface GitlabRequest {
  iid: number;
  web_url: string;
  state: 'opened' | 'closed' | 'merged';
  title: string;
  description: string;
  sha: string;
  source_branch: string;
  target_branch: string;
  source_project_id: number;
  target_project_id: number;
}

const List = z.strictObject({
  source_branch: z.string(),
  target_branch: z.string(),
  state: z.literal('all'),
  order_by: z.literal('created_at'),
  sort: z.literal('desc'),
  per_page: z.coerce.number().int().max(100),
});
const texts = { title: z.string().min(1).max(255), description: z.string().max(1_048_576) };
const Create = z.strictObject({ ...texts, source_branch: z.string(), target_branch: z.string() });

/** The number of the project at this fake. */
const PROJECT_ID = 7;

/**
 * A strict fake of merge requests at GitLab, see https://docs.gitlab.com/api/merge_requests
 * @param options.head_of the commit of a branch; undefined: there is none
 */
export function startGitlab(options: {
  token: string;
  /** with the groups that it is in */
  project: string;
  head_of: (branch: string) => string | undefined;
}): Promise<FakeHosting<GitlabRequest>> {
  const path = `/api/v4/projects/${encodeURIComponent(options.project)}/merge_requests`;
  return startHosting<GitlabRequest>((call, requests) => {
    if (call.headers['private-token'] !== options.token)
      return { status: 401, body: { message: '401 Unauthorized' } };
    if (call.line === `GET ${path}`) {
      const { source_branch, target_branch } = List.parse(call.query);
      const found = requests.filter(
        (request) => request.source_branch === source_branch && request.target_branch === target_branch,
      );
      return { status: 200, body: found.reverse() };
    }
    if (call.line === `POST ${path}`) {
      const { title, description, source_branch, target_branch } = Create.parse(call.body);
      const sha = options.head_of(source_branch);
      if (sha === undefined) return { status: 400, body: { message: { source_branch: ['does not exist'] } } };
      const other = requests.find(
        (request) =>
          request.state === 'opened' &&
          request.source_project_id === PROJECT_ID &&
          request.source_branch === source_branch &&
          request.target_branch === target_branch,
      );
      if (other) {
        return {
          status: 409,
          body: { message: [`Another open merge request already exists: !${other.iid}`] },
        };
      }
      const iid = requests.length + 1;
      const request: GitlabRequest = {
        iid,
        web_url: `https://gitlab.test/${options.project}/-/merge_requests/${iid}`,
        state: 'opened',
        title,
        description,
        sha,
        source_branch,
        target_branch,
        source_project_id: PROJECT_ID,
        target_project_id: PROJECT_ID,
      };
      requests.push(request);
      return { status: 201, body: request };
    }
    const request = requests.find(({ iid }) => call.line === `PUT ${path}/${iid}`);
    if (!request) throw new Error('is not known to the fake');
    Object.assign(request, z.strictObject(texts).parse(call.body));
    return { status: 200, body: request };
  });
}
