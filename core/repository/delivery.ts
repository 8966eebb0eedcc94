import type { JobState } from '../state/job-state.ts';

/** Title and Markdown of what is delivered. */
export const deliveryText = (state: JobState): { title: string; body: string } => ({
  title: state.spec.title,
  body: state.spec.description,
});
