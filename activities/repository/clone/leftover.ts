import type { Committed, PrepareCloneInput } from '../../../contracts/repository/work.ts';
import { keepAside } from '../commit/keep-aside.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { goesOn } from './clone.ts';

/**
 * What an earlier attempt left in a task's folder is kept aside before another clone takes its place: that attempt may have
 * been cut off before its work was named. What can't be committed is let go. Gives what was kept, if anything.
 */
export async function keepLeftover(
  deps: RepositoryHostDeps,
  input: PrepareCloneInput,
  signal: AbortSignal,
): Promise<Committed | null> {
  if (goesOn(deps, input)) return null;
  return await keepAside(deps, input, signal).catch(() => {
    signal.throwIfAborted();
    return null;
  });
}
