/** What a job was asked for and what came of it, as far as a pull request tells. Texts are as people and agents wrote them. */
export interface PullRequestStory {
  job_id: string;
  title: string;
  description: string;
  tasks: StoryTask[];
  criteria: { text: string; verdict: 'met' | 'unmet' | 'unverified'; evidence: string }[];
  /** the check of the branch; null: there is no check command */
  check: {
    command: string;
    /** null: it did not run */
    passed: boolean | null;
    /** in words: `exit code 1` */
    how: string;
    /** the end of what it printed; told where it failed */
    tail: string;
    /** files by which it is defined and which were changed */
    definition_changed?: string[];
  } | null;
  /** of models; null: not known */
  cost_usd: number | null;
  /** of the plan, the commits and the merges */
  warnings: string[];
}

export interface StoryTask {
  task_id: string;
  title: string;
  /** as in the status of the job */
  status: string;
  /** null: nobody was found */
  agent: string | null;
  /** null: it changed nothing, or nothing of it is in the branch */
  landed: { files_changed: number; insertions: number; deletions: number } | null;
  /** what the agent said of its work, or why it failed; empty: nothing */
  summary: string;
}
