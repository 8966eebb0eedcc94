import { useEffect } from 'react';
import { changesWaiting } from './changes-waiting.ts';
import { keys } from './keys.ts';
import { queryClient } from './query-client.ts';
import { openStream } from './stream.ts';
import { throttle } from './throttle.ts';

const BETWEEN_READS_MS = 400;
/** Events that change no line of the list of jobs. */
const ELSEWHERE = /^(message|artifact\.created|task\.progress|criterion\.judged|command\.refused)$/;

/** While it is mounted, events of all jobs renew the list of jobs and of what waits for a person. */
export function useFeed(): void {
  useEffect(() => {
    const again = (queryKey: readonly string[]) =>
      throttle(BETWEEN_READS_MS, () => void queryClient.invalidateQueries({ queryKey }));
    const [renewJobs, renewApprovals] = [again(keys.jobs), again(keys.approvals)];
    return openStream({
      path: '/events',
      after: 'latest',
      onSaid: ({ event }) => {
        if (event && !ELSEWHERE.test(event.type)) renewJobs();
        if (event && changesWaiting(event)) renewApprovals();
      },
      onBack: () => void queryClient.invalidateQueries(),
    });
  }, []);
}
