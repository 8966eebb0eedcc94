import pino from 'pino';
import { logFile as openShared } from '../telemetry/log/log.ts';

/** Prints a line on the terminal and writes it into the log as JSON; opens the log at the first line. */
export function printTo(logFile: string): (line: string) => void {
  let log: pino.Logger | undefined;
  return (line) => {
    console.log(line);
    log ??= pino({ name: 'launcher' }, openShared(logFile));
    log.info(line);
  };
}
