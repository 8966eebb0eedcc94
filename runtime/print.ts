import pino from 'pino';
import { logFile as openShared } from '../telemetry/log/log.ts';

/** Tells a person something, on the terminal and as a JSON line in the log; opens the log at the first line. */
export function printTo(logFile: string): (line: string) => void {
  let log: pino.Logger | undefined;
  return (line) => {
    console.log(line);
    log ??= pino({ name: 'launcher' }, openShared(logFile));
    log.info(line);
  };
}
