import { z } from 'zod';
import { NetworkAccess } from '../sandbox.ts';

const seconds = z.number().positive();

/** A host of repositories, from `repositories.hosts:`, by its name as it stands in URLs: `github.com`, `git.example.com:8443`. */
export const RepositoryHost = z
  .strictObject({
    api: z.enum(['github', 'gitlab']).optional().describe('what opens pull requests; left out: none'),
    api_url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('of its API, where that is not the usual one of the host'),
    token_env: z
      .string()
      .regex(
        /^([A-Za-z_][A-Za-z0-9_]*_)?(TOKEN|KEY|SECRET)$/,
        'the name of a variable that ends in TOKEN, KEY or SECRET: by that it is kept out of logs and of what commands see',
      )
      .optional()
      .describe("a variable of the worker's environment with the token for HTTPS and the API"),
    ssh_key_file: z.string().min(1).optional().describe('private key for ssh URLs'),
    known_hosts_file: z.string().min(1).optional().describe('with ssh_key_file: the keys of the host'),
    allow_push: z.boolean().default(false).describe('whether branches may be pushed there'),
  })
  .superRefine((host, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (host.api_url !== undefined && host.api === undefined) wrong('api', 'is required with api_url');
    if (host.api !== undefined && host.token_env === undefined) wrong('token_env', 'is required with api');
    if (host.ssh_key_file !== undefined && host.known_hosts_file === undefined) {
      wrong(
        'known_hosts_file',
        'is required with ssh_key_file: a host whose key is not known is not trusted',
      );
    }
  });
export type RepositoryHost = z.infer<typeof RepositoryHost>;

/** `repositories:` of `orchestrator.yaml`: which repositories jobs may work in, and how. Empty: none. */
export const RepositoriesConfig = z.strictObject({
  roots: z
    .array(z.string().regex(/^\//, 'an absolute path'))
    .default([])
    .describe('folders below which repositories on this machine may lie'),
  hosts: z
    .record(z.string().regex(/^[a-z0-9.-]+(:\d+)?$/, 'a host, or host:port, in lower case'), RepositoryHost)
    .default({})
    .describe('hosts of remote repositories, by the name in their URLs'),
  from_metadata: z
    .enum(['allow', 'ignore'])
    .default('ignore')
    .describe('whether metadata.repository of agent brokerage makes a repository job'),
  check_network: NetworkAccess.optional().describe(
    'the most that checks may reach, in a sandbox; left out: what sandbox.network says',
  ),
  setup_network: NetworkAccess.optional().describe(
    'the most that setup and lock commands may reach, in a sandbox; left out: what sandbox.network says',
  ),
  check_timeout_seconds: seconds.max(86_400).default(1800).describe('of one run of the check, or the setup'),
  checks_at_once: seconds
    .max(64)
    .default(2)
    .describe('checks that run on a host at once, of all jobs; the others wait, for a day at most'),
  keep_days: seconds.default(30).describe('how long a mirror is kept that no job uses'),
  mirror_limit_gb: seconds.default(20).describe('of all mirrors of a host; the longest unused go first'),
});
export type RepositoriesConfig = z.infer<typeof RepositoriesConfig>;
