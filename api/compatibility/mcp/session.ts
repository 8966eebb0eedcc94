import type { Caller } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';

/** What the session of a client knows; it lives on in the database. */
export interface SessionInfo {
  session_id: string;
  /** whose memory of scope `project` is meant */
  project: string;
  /** which tools and prompts there are */
  tools: 'default' | 'plans';
}

/** What an answer is made with: the service, the session, and who asks. */
export interface RequestContext {
  deps: ApiDeps;
  session: SessionInfo;
  caller: Caller;
  /** the id of the request: the same for one that is sent again */
  request_id: string;
  /** aborted when the request was cancelled */
  signal: AbortSignal;
  /** says how the work gets on, where the client asked for it */
  progress(message: string): void;
}

/** The scopes of the memory that a session sees: its project's, and what is meant for all. */
export const scopesOf = ({ project }: SessionInfo): { project: string; global: string } => ({
  project: `project:${project}`,
  global: 'global',
});
