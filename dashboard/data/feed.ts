import { useEffect } from 'react';
import { changesWaiting } from './changes-waiting.ts';
import { keys } from './keys.ts';
import { queryClient } from './query-client.ts';
import { followFeed } from './stream.ts';
import { throttle } from './throttle.ts';

const BETWEEN_READS_MS = 400;
/** Events that change no line of the list of jobs. */
const ELSEWHERE = /^(message|artifact\.created|task\.progress|criterion\.judged|command\.refused)$/;

/** What changes the money of a job, and nothing else of it that is told elsewhere. */
const MONEY = /^budget\./;

/**
 * While it is mounted, events of all jobs renew the lists of jobs and projects and of what waits for a person, and what
 * a project has spent.
 */
export function useFeed(): void {
  useEffect(() => {
    const again = (queryKey: readonly string[]) =>
      throttle(BETWEEN_READS_MS, () => void queryClient.invalidateQueries({ queryKey }));
    const [renewJobs, renewProjects] = [again(keys.jobs), again(keys.projects)];
    const renewApprovals = again(keys.approvals);
    const spending = new Set<string>();
    const renewSpending = throttle(BETWEEN_READS_MS, () => {
      for (const id of spending) void queryClient.invalidateQueries({ queryKey: keys.project(id) });
      spending.clear();
    });
    return followFeed({
      onEvent(event) {
        if (!ELSEWHERE.test(event.type)) {
          renewJobs();
          renewProjects();
        }
        if (changesWaiting(event)) renewApprovals();
        if (MONEY.test(event.type)) {
          spending.add(event.job_id);
          renewSpending();
        }
      },
      onBegun() {
        renewJobs();
        renewProjects();
        renewApprovals();
      },
      onBack: () => void queryClient.invalidateQueries(),
    });
  }, []);
}
