import { log, type SignalDefinition, setHandler } from '@temporalio/workflow';
import { fits } from '../signal-shapes.ts';

/** Takes a signal as its job, or the API, sends it; what anybody else sends that is not like that is left alone. */
export function onSignal<A>(
  signal: SignalDefinition<[A]> | SignalDefinition<[]>,
  take: (given: A) => void | Promise<void>,
): void {
  setHandler(signal as SignalDefinition<[A]>, (given) => {
    if (fits(signal.name, given)) return take(given);
    log.warn(`the signal ${signal.name} was left alone: its argument is not what the job sends`);
  });
}
