import type { Sandbox } from './sandbox.ts';
import type { SandboxView } from './view.ts';

/** How a program that a task starts is guarded. */
export interface Guard {
  sandbox: Sandbox;
  /** what of the host it sees there, besides what is its run's own */
  view: SandboxView;
  /** a planner wrote what it is to do, and not whoever submitted the job */
  planned?: boolean | undefined;
  /** absolute; its `$HOME` in a sandbox, kept. Left out: one of its run's own, gone with it */
  home?: string | undefined;
}
