import type { z } from 'zod';
import type { Artifact, DependencyResult } from '../../contracts/artifact.ts';
import type { ToolPlace, ToolRisk } from '../../contracts/tool.ts';
import type { ContentSource } from '../../store/index.ts';
import type { Guard } from '../sandbox/guard.ts';

/** Something that an agent can do. */
export interface Tool {
  name: string;
  description: string;
  input: z.ZodType;
  /** JSON schema told to models instead of the one made of `input`, where somebody else validates */
  input_schema?: Record<string, unknown>;
  risk: ToolRisk;
  place: ToolPlace;
  /** costs money that no lease of the task holds: jobs with a budget do not have it */
  paid?: true;
  /**
   * Carries a call out; the input has been validated. Left out for the place `workflow`.
   * @throws ToolError for what the agent should read; any other error is told to it too
   */
  run?(input: unknown, context: ToolContext): Promise<ToolOutput>;
}

/** The call that a tool works for, and on whose behalf. */
export interface ToolContext {
  job_id: string;
  owner: string;
  task_id: string;
  attempt: number;
  /** name of the agent that calls */
  agent: string;
  /** this process: `<host>:<pid>` */
  worker: string;
  /** the same when the call is carried out again because a worker was lost */
  call_id: string;
  /** where tools of the place `host` may work */
  folders: ToolFolders | null;
  /** results that the task was given */
  dependencies: readonly DependencyResult[];
  /** artifacts of this job that the agent may read besides those of its dependencies, oldest first */
  artifacts: readonly Artifact[];
  /** aborted when the call is cancelled */
  signal: AbortSignal;
  /** says that the call goes on; tools that wait long call it now and then */
  heartbeat(): void;
}

/** Folders of a call on the host. */
export interface ToolFolders {
  /** absolute; the agent's file tools stay inside */
  work: string;
  /** absolute; for files about this call alone, its output for instance */
  scratch: string;
  /** of programs that it starts */
  guard: Guard;
}

/** What came of a call. */
export interface ToolOutput {
  text: string;
  /** what the text is a part of, where it is; stored when the text has to be cut */
  whole?: ContentSource;
  artifacts?: Artifact[];
  /** the call did not do what it was to do */
  is_error?: boolean;
}

/** A call that could not be done. The message says why and what to do, for the agent. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}

/** A request was refused because it leads to an address that is not public. */
export class PrivateHostError extends ToolError {}

/** A tool whose `run` gets what its schema makes of the input. */
export function defineTool<I extends z.ZodType>(
  tool: Omit<Tool, 'input' | 'run'> & {
    input: I;
    run(input: z.output<I>, context: ToolContext): Promise<ToolOutput>;
  },
): Tool {
  // sound: the registry gives `run` nothing but the output of `input`
  return { ...tool, run: (input, context) => tool.run(input as z.output<I>, context) };
}
