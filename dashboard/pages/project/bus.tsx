import { Anchor, Group, Title } from '@mantine/core';
import { MessageList } from '../../components/messages/message-list.tsx';
import messageClasses from '../../components/messages/messages.module.css';
import { SendMessage } from '../../components/messages/send-message.tsx';
import { api, dataOf, type Schemas } from '../../data/api.ts';
import classes from './project.module.css';

interface Props {
  project: Schemas['Project'];
  messages: readonly Schemas['ProjectMessage'][];
  /** only what this agent says and is told; null: everything */
  about: string | null;
  onAll(): void;
  to: string;
  onTo(to: string): void;
}

/** What is delegated, reported and said, as it comes, and a line to write to an agent or to all. */
export function Bus({ project, messages, about, onAll, to, onTo }: Props) {
  const { id, agents, status, finished_at } = project;
  const shown = messages.filter(
    ({ from_agent, to_agent }) =>
      about === null || from_agent === about || to_agent === about || to_agent === null,
  );
  const open = finished_at === null && status !== 'planning';
  return (
    <div className={classes.bus}>
      <Group gap="sm">
        <Title order={2}>{about === null ? 'Messages' : `Messages of ${about}`}</Title>
        {about !== null && (
          <Anchor component="button" type="button" size="sm" onClick={onAll}>
            Show all
          </Anchor>
        )}
      </Group>
      <div className={classes.messages}>
        <div className={messageClasses.frame}>
          <div className={messageClasses.list}>
            <MessageList
              messages={shown}
              senderOf={({ from_agent }) => from_agent}
              empty={
                status === 'planning'
                  ? 'No messages yet: the boss sets to work once the project is started.'
                  : 'No messages yet.'
              }
            />
          </div>
          {open && (
            <SendMessage
              job_id={id}
              to={to}
              receivers={agents.map(({ agent_id }) => agent_id)}
              onTo={onTo}
              send={({ to: to_agent, content }) =>
                dataOf(
                  api.POST('/projects/{id}/messages', {
                    params: { path: { id } },
                    body: { to_agent, content },
                  }),
                )
              }
            />
          )}
        </div>
      </div>
    </div>
  );
}
