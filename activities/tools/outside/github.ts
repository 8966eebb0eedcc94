import { Octokit } from '@octokit/rest';
import { z } from 'zod';
import type { ToolCredentials } from '../credentials.ts';
import { defineTool, type Tool, type ToolContext, ToolError } from '../tool.ts';
import { lostCall } from './perhaps-done.ts';

const TIMEOUT_MS = 30_000;

const part = z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/, 'must be the name of an owner or a repository');
const repository = { owner: part, repo: part };
const number = z.int().positive();
const title = z.string().min(1).max(256);
const body = z.string().max(60_000);

const Action = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('get_issue'), ...repository, number }),
  z.strictObject({
    action: z.literal('get_file'),
    ...repository,
    path: z.string().min(1),
    ref: z.string().optional(),
  }),
  z.strictObject({
    action: z.literal('create_issue'),
    ...repository,
    title,
    body: body.default(''),
    labels: z.array(z.string()).max(20).default([]),
  }),
  z.strictObject({ action: z.literal('comment'), ...repository, number, body: body.min(1) }),
  z.strictObject({
    action: z.literal('open_pull_request'),
    ...repository,
    title,
    body: body.default(''),
    head: z.string().min(1).describe('branch with the changes, already on GitHub'),
    base: z.string().min(1).describe('branch to merge into'),
    draft: z.boolean().default(false),
  }),
]);
type Action = z.output<typeof Action>;

// models are told one flat object: a union at the top of a schema is not taken by every provider
const FLAT_SCHEMA = {
  type: 'object',
  required: ['action', 'owner', 'repo'],
  properties: {
    action: { enum: ['get_issue', 'get_file', 'create_issue', 'comment', 'open_pull_request'] },
    owner: { type: 'string' },
    repo: { type: 'string' },
    number: { type: 'integer', description: 'get_issue, comment: of the issue or pull request' },
    path: { type: 'string', description: 'get_file' },
    ref: { type: 'string', description: 'get_file: branch, tag or commit' },
    title: { type: 'string', description: 'create_issue, open_pull_request' },
    body: { type: 'string', description: 'create_issue, comment, open_pull_request: Markdown' },
    labels: { type: 'array', items: { type: 'string' }, description: 'create_issue' },
    head: { type: 'string', description: 'open_pull_request: branch with the changes' },
    base: { type: 'string', description: 'open_pull_request: branch to merge into' },
    draft: { type: 'boolean', description: 'open_pull_request' },
  },
};

/** Issues, comments, files and pull requests on GitHub, as far as the configured token allows. */
export function githubTool({ token, base_url }: NonNullable<ToolCredentials['github']>): Tool {
  return defineTool({
    name: 'github',
    description:
      'Works with a repository on GitHub. Actions: get_issue, get_file, create_issue, comment, open_pull_request.',
    input: Action,
    input_schema: FLAT_SCHEMA,
    risk: 'medium',
    place: 'anywhere',
    async run(action, context) {
      const octokit = new Octokit({
        auth: token,
        ...(base_url ? { baseUrl: base_url.replace(/\/+$/, '') } : {}),
        request: { signal: AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT_MS)]) },
        log: { debug() {}, info() {}, warn() {}, error() {} },
      });
      return { text: await act(octokit, action).catch((error: unknown) => refuse(error, action, context)) };
    },
  });
}

async function act(octokit: Octokit, action: Action): Promise<string> {
  const { owner, repo } = action;
  switch (action.action) {
    case 'get_issue': {
      const { data } = await octokit.issues.get({ owner, repo, issue_number: action.number });
      const labels = data.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? '')));
      return `#${data.number} ${data.title} (${data.state})\nby ${data.user?.login ?? 'unknown'}, labels: ${labels.join(', ') || 'none'}\n${data.html_url}\n\n${data.body ?? ''}`;
    }
    case 'get_file': {
      const { path, ref } = action;
      const { data } = await octokit.repos.getContent({ owner, repo, path, ...(ref ? { ref } : {}) });
      if (Array.isArray(data)) return data.map(({ type, path }) => `${type} ${path}`).join('\n');
      if (data.type !== 'file' || !('content' in data)) throw new ToolError(`${path} is a ${data.type}.`);
      if (data.encoding !== 'base64') throw new ToolError(`${path} is too large: ${data.size} bytes.`);
      return Buffer.from(data.content, 'base64').toString('utf8');
    }
    case 'create_issue': {
      const { title, body, labels } = action;
      const { data } = await octokit.issues.create({ owner, repo, title, body, labels });
      return `Created #${data.number}: ${data.html_url}`;
    }
    case 'comment': {
      const { number: issue_number, body } = action;
      const { data } = await octokit.issues.createComment({ owner, repo, issue_number, body });
      return `Commented: ${data.html_url}`;
    }
    case 'open_pull_request': {
      const { title, body, head, base, draft } = action;
      const { data } = await octokit.pulls.create({ owner, repo, title, body, head, base, draft });
      return `Opened #${data.number}: ${data.html_url}`;
    }
  }
}

function refuse(error: unknown, { action }: Action, { signal }: ToolContext): never {
  signal.throwIfAborted();
  if (error instanceof ToolError) throw error;
  // of a lost connection the library makes a status of its own, without an answer
  const answered = error instanceof Error && 'response' in error && error.response !== undefined;
  const failed = answered && 'status' in error && Number(error.status) >= 500;
  if (!action.startsWith('get_') && (!answered || failed)) throw lostCall(error, 'It may have been done');
  if (!answered) throw new ToolError(error instanceof Error ? error.message : String(error));
  const status =
    error instanceof Error && 'status' in error ? `GitHub answered ${String(error.status)}: ` : '';
  throw new ToolError(`${status}${error instanceof Error ? error.message : String(error)}`);
}
