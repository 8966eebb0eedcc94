import { patient } from './activities.ts';

/** Started by a schedule: ends what a crash may have left open. Answers what it found. */
export async function sweepWorkflow(): Promise<Awaited<ReturnType<typeof patient.sweep>>> {
  return patient.sweep();
}
