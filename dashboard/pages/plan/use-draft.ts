import { useEffect, useState } from 'react';
import type { Schemas } from '../../../client/client.ts';

/** A plan that is being edited: the version it was, and the tasks as they are to be. */
export interface Draft {
  base: Schemas['Plan'];
  tasks: Schemas['Task'][];
}

/** What was not saved yet, by job: it is still there when somebody looks at another page and comes back. */
const drafts = new Map<string, Draft>();

/** The draft of a job's plan, kept while this page is loaded; the browser asks before it is closed with one. */
export function useDraft(job_id: string) {
  const [draft, setDraft] = useState<Draft | null>(drafts.get(job_id) ?? null);
  useEffect(() => {
    if (draft === null) drafts.delete(job_id);
    else drafts.set(job_id, draft);
    const isChanged = draft !== null && draft.tasks !== draft.base.tasks;
    if (!isChanged) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [job_id, draft]);
  return [draft, setDraft] as const;
}
