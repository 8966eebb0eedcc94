import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, dataOf, type Schemas } from './api.ts';
import { keys } from './keys.ts';
import { queryClient } from './query-client.ts';
import { openFrames } from './stream.ts';
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
/** Messages that come together are one change. */
const TOGETHER_MS = 30;

/**
 * Everything that was said in a project, as it is said. While it is used, the project is read again whenever its stream
 * tells of a status, an agent or a message.
 */
export function useProjectMessages(id: string): readonly Message[] {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  useEffect(() => {
    const said: Message[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const next = said.splice(0);
      setMessages((before) => [...before, ...next]);
    };
    const readAgain = throttle(
      BETWEEN_READS_MS,
      () => void queryClient.invalidateQueries({ queryKey: keys.project(id) }),
    );
    setMessages([]);
    const close = openFrames({
      path: `/projects/${id}/events`,
      after: 0,
      onFrame({ event, data }) {
        readAgain();
        if (event !== 'message') return;
        said.push(JSON.parse(data) as Message);
        timer ??= setTimeout(show, TOGETHER_MS);
      },
      onBack: readAgain,
    });
    return () => {
      clearTimeout(timer);
      close();
    };
  }, [id]);
  return messages;
}
