/** Search attributes the job list is filtered by, and their types. */
export const SEARCH_ATTRIBUTES = { JobStatus: 'Keyword', JobOwner: 'Keyword' } as const;

/** Where one development server listens and what it writes to. */
export interface TemporalServerSettings {
  dbFile: string;
  ip: string;
  port: number;
  /** Where the Web UI listens; without it there is none. */
  ui?: { ip: string; port: number };
  namespace: string;
}

/** By default each queue of the server is polled 20 times a second, and every hop waits for the next poll. */
const QUEUE_POLLS_PER_SECOND = 1000;

/** Readers that may wait for one job's workflow task; by default the second one is refused. */
const WAITING_QUERIES = 50;

/**
 * The server also opens an HTTP API, on a port of its own choice, that takes orders from any web page. It can't be
 * left out; so it serves no name.
 */
export const CLOSED_HTTP_API = 'frontend.httpAllowedHosts=[]';

/** Arguments of `temporal` for a development server that keeps its state and answers fast. */
export function temporalServerArgs(settings: TemporalServerSettings): string[] {
  return [
    ...['server', 'start-dev'],
    ...['--db-filename', settings.dbFile, '--ip', settings.ip, '--port', String(settings.port)],
    ...(settings.ui ? ['--ui-ip', settings.ui.ip, '--ui-port', String(settings.ui.port)] : ['--headless']),
    ...['--dynamic-config-value', CLOSED_HTTP_API],
    ...(settings.namespace === 'default' ? [] : ['--namespace', settings.namespace]),
    ...['transfer', 'timer', 'visibility'].flatMap((queue) => [
      '--dynamic-config-value',
      `history.${queue}ProcessorMaxPollRPS=${QUEUE_POLLS_PER_SECOND}`,
    ]),
    ...['--dynamic-config-value', `history.MaxBufferedQueryCount=${WAITING_QUERIES}`],
    ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ...['--log-format', 'json', '--log-level', 'warn'],
  ];
}
