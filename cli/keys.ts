import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { createDataDir } from '../config/data-dir.ts';
import { envText } from '../config/env.ts';
import { closeToOthers, keepPrivate } from '../config/private.ts';
import { KeyName, OwnerName, Role } from '../contracts/access.ts';
import { LOCAL_OWNER } from '../contracts/names.ts';
import type { Store } from '../store/index.ts';
import { CLI } from './called.ts';
import { action, type Context } from './context.ts';
import { CliError, EXIT, usageError } from './exit.ts';
import { style } from './output.ts';
import { localTime, oneLine, table } from './view/text.ts';

const HELP = `
Keys are kept in the database: DATABASE_URL, else the SQLite file of the data folder. Once there is a key, the
service requires one of everybody, even after the last one was revoked. The first one has to be an admin's: without an
admin nobody could have commands run or open the Temporal Web UI.

Examples:
  ${CLI} keys create --role admin --name "my laptop"
  ${CLI} keys create --role viewer --owner ann --name dashboard
  ORCHESTRATOR_API_KEY=ork_... ${CLI} jobs`;

/** `orchestrator keys`: the one command that writes the database itself, since no key can exist before it */
export function keyCommands(program: Command): void {
  const keys = program
    .command('keys')
    .description('API keys, written to the database directly')
    .addHelpText('after', HELP);
  keys
    .command('create')
    .description('make a key and print it, this once')
    .addOption(new Option('--role <role>', ROLES).choices(Role.options).default('operator' satisfies Role))
    .option('--owner <name>', 'owner of the jobs it starts and sees', LOCAL_OWNER)
    .option('--name <text>', 'what it is for; appears in the journal beside the owner', '')
    .action(
      action<{ name: string; owner: string; role: Role }>(async (context, _args, { role, ...given }) => {
        const owner = parsed('--owner', OwnerName, given.owner);
        const name = parsed('--name', KeyName, given.name);
        const key = await withStore(context, async (store) => {
          if (role !== 'admin' && (await adminKeys(store)).length === 0) needsAdmin(role);
          return await store.createKey({ name, owner, role });
        });
        context.out.data(key);
        context.out.print(key.key);
        context.out.note(
          `Key ${key.key_id} of ${owner}, ${role}. It is not shown again; put it into ORCHESTRATOR_API_KEY.`,
        );
      }),
    );
  keys
    .command('list')
    .description('list the keys, revoked ones too')
    .action(
      action(async (context) => {
        const found = await withStore(context, (store) => store.listKeys());
        context.out.data({ keys: found });
        const head = ['KEY', 'OWNER', 'ROLE', 'NAME', 'CREATED', 'REVOKED'].map((text) => style('dim', text));
        const rows = found.map(({ key_id, owner, role, name, created_at, revoked_at }) => [
          key_id,
          owner,
          role,
          oneLine(name, 40),
          localTime(created_at),
          revoked_at === null ? '-' : localTime(revoked_at),
        ]);
        context.out.print(
          rows.length === 0
            ? 'There are no keys; the service requires none.'
            : table([head, ...rows]).join('\n'),
        );
      }),
    );
  keys
    .command('revoke')
    .description('revoke a key for good')
    .argument('<key>', `its id, from \`${CLI} keys list\``)
    .option('--force', 'even if it is the last admin key')
    .action(
      action<{ force?: true }>(async (context, [key_id], { force }) => {
        const revoked = await withStore(context, async (store) => {
          const admins = await adminKeys(store);
          if (!force && admins.length === 1 && admins[0] === key_id) lastAdmin(key_id!);
          return await store.revokeKey(key_id!);
        });
        if (!revoked) throw new CliError(`There is no key ${key_id} in force.`, EXIT.not_found, 'not_found');
        context.out.data({ key_id, revoked });
        context.out.print(`Key ${key_id} is revoked.`);
      }),
    );
}

const ROLES = "viewer: reads; operator: also submits and steers; admin: does so for everybody's jobs";

/** Ids of the keys of admins that are in force. */
const adminKeys = async (store: Store): Promise<string[]> =>
  (await store.listKeys())
    .filter(({ role, revoked_at }) => role === 'admin' && revoked_at === null)
    .map(({ key_id }) => key_id);

function needsAdmin(role: Role): never {
  throw new CliError(
    `There is no admin key in force, and a key with the role ${role} alone would lock everybody out of the rest. Make one first: ${CLI} keys create --role admin`,
    EXIT.conflict,
    'conflict',
  );
}

function lastAdmin(key_id: string): never {
  throw new CliError(
    `Key ${key_id} is the last admin key. Make another first (${CLI} keys create --role admin), or revoke it anyway with --force.`,
    EXIT.conflict,
    'conflict',
  );
}

function parsed<T>(option: string, schema: z.ZodType<T>, value: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw usageError(`${option}: ${error.issues[0]!.message}.`);
}

async function withStore<T>({ globals, out }: Context, use: (store: Store) => Promise<T>): Promise<T> {
  // the database's libraries are only loaded by those who need them
  const { openStore } = await import('../store/index.ts');
  keepPrivate();
  const dir = createDataDir(globals.dataDir);
  const closed = closeToOthers(dir);
  if (closed) out.note(closed);
  const store = await openStore({
    database_url: envText('DATABASE_URL'),
    sqlite_file: dir.orchestratorDb,
    artifacts_dir: dir.artifacts,
    artifacts_url: envText('ARTIFACTS_URL'),
  });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
