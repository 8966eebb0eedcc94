import { useEffect } from 'react';
import { keys } from './keys.ts';
import { queryClient } from './query-client.ts';
import { openStream } from './stream.ts';
import { throttle } from './throttle.ts';

const BETWEEN_READS_MS = 400;
/** Events that change neither a line of the list of jobs nor what waits for a person. */
const ELSEWHERE = /^(message|artifact\.created|task\.progress|criterion\.judged|command\.refused)$/;

/** While it is mounted, events of all jobs renew the list of jobs and of what waits for a person. */
export function useFeed(): void {
  useEffect(() => {
    const renew = throttle(BETWEEN_READS_MS, () => {
      void queryClient.invalidateQueries({ queryKey: keys.jobs });
      void queryClient.invalidateQueries({ queryKey: keys.approvals });
    });
    return openStream({
      path: '/events',
      after: 'latest',
      onSaid: ({ event }) => {
        if (event && !ELSEWHERE.test(event.type)) renew();
      },
      onBack: () => void queryClient.invalidateQueries(),
    });
  }, []);
}
