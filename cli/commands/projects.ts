import { type Command, Option } from 'commander';
import { dataOf, type Schemas } from '../../client/client.ts';
import { CLI } from '../called.ts';
import { action, type Context } from '../context.ts';
import { readObject, wholeNumber } from '../input.ts';
import { projectText } from '../view/project.ts';
import { localTime, oneLine, table } from '../view/text.ts';
import { given, KEY_OPTION, keyHeader } from './common.ts';
import { messageText } from './messages.ts';

interface Options {
  start?: boolean;
  reason?: string;
  status?: Schemas['ProjectStatus'];
  limit?: number;
  idempotencyKey?: string;
}

const STEPS = [
  ['start', 'start it: the boss sets to work'],
  ['pause', 'start no new turns or delegations; calls in flight finish'],
  ['resume', 'continue after a pause'],
  ['stop', 'stop everything and end it'],
] as const;

/** `orchestrator project ...`: a boss and its workers */
export function projectCommands(program: Command): void {
  const project = program.command('project').description('projects: a boss that delegates to workers');
  makeCommands(project);
  steerCommands(project);
  messageCommands(project);
}

function makeCommands(project: Command): void {
  project
    .command('new')
    .description('create a project; it begins when it is started')
    .argument('<file>', 'YAML or JSON with the fields of POST /projects, or - for stdin')
    .option('--start', 'start it at once')
    .option(...KEY_OPTION)
    .addHelpText('after', `\nExample:\n  ${CLI} project new examples/project.yaml --start`)
    .action(
      action<Options>(async (context, [file], { start, idempotencyKey }) => {
        // checked by the service, which names every mistake by field
        const body = (await readObject(file!)) as Schemas['ProjectRequest'];
        const header = keyHeader(idempotencyKey);
        const made = await dataOf(context.api.POST('/projects', { body, params: { header } }));
        show(context, start && made.status === 'planning' ? await step(context, 'start', made.id, {}) : made);
        if (!start) context.out.note(`${CLI} project start ${made.id} starts it.`);
      }),
    );
  project
    .command('show')
    .description('show a project, its agents and what each is doing')
    .argument('<project>', 'its id')
    .action(
      action(async (context, [id]) => {
        const params = { path: { id: id! } };
        show(context, await dataOf(context.api.GET('/projects/{id}', { params })));
      }),
    );
  project
    .command('list')
    .description('list projects, newest first')
    .addOption(
      new Option('--status <word>', 'only those').choices([
        'planning',
        'running',
        'paused',
        'completed',
        'failed',
      ]),
    )
    .option('--limit <n>', 'at most this many (50)', wholeNumber(1))
    .action(
      action<Options>(async ({ api, out }, _, { status, limit }) => {
        const answer = await dataOf(api.GET('/projects', { params: { query: given({ status, limit }) } }));
        out.data(answer);
        if (answer.projects.length === 0) out.note('there are none');
        const rows = answer.projects.map((one) => [
          one.id,
          one.needs_review ? 'needs review' : one.status,
          localTime(one.created_at),
          oneLine(one.title, 80),
        ]);
        for (const line of table(rows)) out.print(line);
      }),
    );
}

function steerCommands(project: Command): void {
  for (const [name, description] of STEPS) {
    project
      .command(name)
      .description(description)
      .argument('<project>', 'its id')
      .option('--reason <text>', 'kept in the journal')
      .option(...KEY_OPTION)
      .action(
        action<Options>(async (context, [id], options) =>
          show(context, await step(context, name, id!, options)),
        ),
      );
  }
}

function messageCommands(project: Command): void {
  project
    .command('say')
    .description('write to an agent of a project, which reads it on its next turn')
    .argument('<project>', 'its id')
    .argument('<agent>', 'an agent of the project, one of its tasks, or `all`')
    .argument('<text>', 'what to tell it')
    .option(...KEY_OPTION)
    .action(
      action<Options>(async ({ api, out }, [id, to_agent, content], { idempotencyKey }) => {
        const said = await dataOf(
          api.POST('/projects/{id}/messages', {
            params: { path: { id: id! }, header: keyHeader(idempotencyKey) },
            body: { to_agent: to_agent!, content: content! },
          }),
        );
        out.data(said);
        out.print(`${said.id} sent to ${to_agent}`);
      }),
    );
  project
    .command('messages')
    .description('print what was delegated, reported and said')
    .argument('<project>', 'its id')
    .option('--after <n>', 'only those after this number of the journal', wholeNumber(0), 0)
    .addHelpText('after', '\nWith --json every line is one message.')
    .action(
      action<{ after: number }>(async (context, [id], { after }) => printMessages(context, id!, after)),
    );
}

async function printMessages({ api, out }: Context, id: string, from: number): Promise<void> {
  for (let after = from, first = true; ; first = false) {
    const params = { path: { id }, query: { after } };
    const page = await dataOf(api.GET('/projects/{id}/messages', { params }));
    if (first && page.messages.length === 0) out.note('no messages yet');
    for (const message of page.messages) {
      out.line(message);
      out.print(messageText(message));
    }
    if (page.messages.length === 0) return;
    after = page.next_after;
  }
}

async function step(
  { api }: Context,
  name: (typeof STEPS)[number][0],
  id: string,
  { reason, idempotencyKey }: Options,
): Promise<Schemas['Project']> {
  const params = { path: { id }, header: keyHeader(idempotencyKey) };
  return await dataOf(api.POST(`/projects/{id}/${name}`, { params, body: given({ reason }) }));
}

function show({ out }: Context, project: Schemas['Project']): void {
  out.data(project);
  out.print(projectText(project));
}
