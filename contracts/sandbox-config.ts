import { z } from 'zod';
import { NetworkAccess } from './sandbox.ts';

const path = z.string().regex(/^(\/|~\/)[^\0]*$/, 'an absolute path, or one that begins with ~/');
const megabytes = z.int().min(16).max(16_777_216);

/** `sandbox:` of orchestrator.yaml. */
export const SandboxConfig = z.strictObject({
  mode: z
    .enum(['auto', 'required', 'off'])
    .default('auto')
    .describe('auto: wherever one can be had; required: programs are refused where none can'),
  network: NetworkAccess.optional().describe(
    "none: nothing; allow-list: allowed_hosts, by a proxy; open: the host's network as it is, its own ports included. Left out: none for commands that a planner planned, allow-list for all else",
  ),
  allowed_hosts: z
    .array(
      z
        .string()
        .regex(
          /^(\*|(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?)$/,
          'a host with all its ports, host:port, *.domain, or * for all public addresses',
        ),
    )
    .max(1000)
    .default(['*'])
    .describe(
      'with allow-list. * and *.domain reach public addresses only; a host that is named may have a private one',
    ),
  readable: z
    .array(path)
    .max(200)
    .default([])
    .describe('files and folders that programs may read besides: tools in a home folder, for instance'),
  writable: z
    .array(path)
    .max(200)
    .default([])
    .describe('folders that programs may write besides: caches, a folder that commands work in'),
  memory_mb: megabytes.optional().describe('of all processes of one command together; more ends it'),
  processes: z.int().min(1).max(1_000_000).optional().describe('of one command at once; more ends it'),
  disk_mb: megabytes
    .optional()
    .describe('what one command with all that it started may write to disks; more ends it'),
  free_disk_mb: z
    .int()
    .min(0)
    .max(16_777_216)
    .optional()
    .describe(
      'what has to stay free on the disks of the folders that a command may write: below it, one that has written more than 64 MB and goes on is ended. Left out: a twentieth of a disk, at most 1024; 0: nothing',
    ),
  cpu_seconds: z.int().min(1).optional().describe('of processor time of one process; more ends that process'),
});
export type SandboxConfig = z.infer<typeof SandboxConfig>;
