import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { api, dataOf, type Schemas } from './api.ts';
import { keys } from './keys.ts';
import { useJobEvents, useLiveJob } from './live-job.ts';
import { mayPass, queryClient } from './query-client.ts';
import { throttle } from './throttle.ts';

type Message = Schemas['ProjectMessage'];

/** Which projects to list; what is left out is not asked for. */
export interface ProjectFilter {
  status?: Schemas['ProjectStatus'];
  limit: number;
}

/** The newest projects. */
export function useProjects(filter: ProjectFilter) {
  return useQuery({
    queryKey: [...keys.projects, filter],
    placeholderData: (before) => before,
    queryFn: () => dataOf(api.GET('/projects', { params: { query: filter } })),
  });
}

/** A project with its agents, as {@link useProjectMessages} keeps it up to date. */
export function useProject(id: string) {
  return useQuery({
    queryKey: keys.project(id),
    queryFn: () => dataOf(api.GET('/projects/{id}', { params: { path: { id } } })),
  });
}

/** The project itself is read again at most so often. */
const BETWEEN_READS_MS = 400;
const PAGE = 500;

/**
 * Everything that was said in a project, whole, as it is said. While it is used, the project is read again whenever its
 * journal tells something new.
 */
export function useProjectMessages(id: string): readonly Message[] {
  useLiveJob(id);
  const events = useJobEvents(id);
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const renew = useMemo(
    () =>
      throttle(BETWEEN_READS_MS, () => void queryClient.invalidateQueries({ queryKey: keys.project(id) })),
    [id],
  );
  const reader = useMemo(() => messageReader(id), [id]);
  const latest = events.findLast(({ type }) => type === 'message')?.seq ?? 0;
  useEffect(() => {
    if (events.length > 0) renew();
  }, [events, renew]);
  useEffect(() => reader.open(setMessages), [reader]);
  useEffect(() => {
    if (latest > 0) reader.read();
  }, [latest, reader]);
  return messages;
}

/** Reads what was said from where it stopped the last time, one page after another. */
function messageReader(id: string) {
  let said: readonly Message[] = [];
  let after = 0;
  let show: ((messages: readonly Message[]) => void) | undefined;
  let reading: Promise<void> = Promise.resolve();
  const readAll = async () => {
    for (let length = PAGE; length === PAGE && show; ) {
      const query = { after, limit: PAGE };
      const page = await queryClient.fetchQuery({
        queryKey: [...keys.project(id), 'messages', after],
        gcTime: 0,
        staleTime: 0,
        queryFn: () => dataOf(api.GET('/projects/{id}/messages', { params: { path: { id }, query } })),
        retry: (_, error) => mayPass(error),
      });
      ({ length } = page.messages);
      after = page.next_after;
      said = [...said, ...page.messages];
      show?.(said);
    }
  };
  return {
    read() {
      reading = reading.then(readAll).catch(() => {});
    },
    open(listener: (messages: readonly Message[]) => void) {
      show = listener;
      listener(said);
      return () => {
        show = undefined;
      };
    },
  };
}
