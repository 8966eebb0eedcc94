import type { DependencyResult } from './artifact.ts';

/** What the agent that leads a job asks of it. */
export type LeadRequestBody =
  | { wish: 'delegate'; agent_id: string; task_description: string; context?: string }
  | { wish: 'status'; agent_id?: string }
  | {
      wish: 'create';
      name: string;
      role: string;
      specialty: string;
      system_prompt: string;
      capabilities?: string[];
      model?: string;
    }
  /** words to an agent, or to `all` */
  | { wish: 'say'; to_agent: string; message: string }
  /** the whole result of a task */
  | { wish: 'result'; task_id: string }
  /** an artifact of any task, by name or id */
  | { wish: 'artifact'; name: string }
  /** nothing to do: answered only when nothing can come by itself any more */
  | { wish: 'rest' };

/** The same under an id of its own. */
export interface LeadRequest {
  request_id: string;
  wish: LeadRequestBody;
}

/** The limit that a request ran into. */
export type LeadCap = 'task_limit' | 'depth_limit' | 'agent_limit';

/** What the agent is told. */
export interface LeadAnswer {
  request_id: string;
  text: string;
  is_error: boolean;
  cap?: LeadCap;
  /** what can be read on its behalf */
  results?: DependencyResult[];
}
