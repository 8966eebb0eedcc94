import type { NetworkAccess } from '../../contracts/sandbox.ts';

/** What a program in the sandbox sees of the host, besides the system's own folders. Paths are absolute, and the same inside. */
export interface SandboxView {
  /** folders */
  writable: readonly string[];
  /** folders in writable ones that are empty inside, but for what else is listed here */
  hidden: readonly string[];
  /** files and folders; what is not there is left out */
  readable: readonly string[];
  /** the most that it may reach; left out: what the configuration says */
  network?: NetworkAccess | undefined;
  /** it sees what programs need to run, and nothing else of what all of them see */
  bare?: boolean | undefined;
}

/** A view with the folders of one run. */
export interface RunView extends SandboxView {
  network: NetworkAccess;
  /** what it finds at /tmp; left out: nothing */
  tmp?: string | undefined;
  /** its `$HOME`; left out: it has none */
  home?: string | undefined;
}

const LOOSER: readonly NetworkAccess[] = ['none', 'allow-list', 'open'];

/** The least of both. */
export const stricter = (one: NetworkAccess, other: NetworkAccess = 'open'): NetworkAccess =>
  LOOSER.indexOf(one) < LOOSER.indexOf(other) ? one : other;
