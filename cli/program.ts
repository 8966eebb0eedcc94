import { Command, CommanderError } from 'commander';
import { ownVersion } from '../config/version.ts';
import { apiUrl } from './address.ts';
import { CLI } from './called.ts';
import { approvalCommands } from './commands/approvals.ts';
import { artifactCommands } from './commands/artifacts.ts';
import { changeCommands } from './commands/changes.ts';
import { chatPlanCommands } from './commands/chat-plans.ts';
import { checkLogCommands } from './commands/check-log.ts';
import { configCommands } from './commands/config.ts';
import { decisionCommands } from './commands/decisions.ts';
import { eventCommands } from './commands/events.ts';
import { jobCommands } from './commands/jobs.ts';
import { logCommands } from './commands/logs.ts';
import { mcpCommand } from './commands/mcp.ts';
import { messageCommands } from './commands/messages.ts';
import { planCommands } from './commands/plan.ts';
import { projectCommands } from './commands/projects.ts';
import { routingCommands } from './commands/routing.ts';
import { runCommand } from './commands/run.ts';
import { serviceCommands } from './commands/service.ts';
import { steerCommands } from './commands/steer.ts';
import { submitCommand } from './commands/submit.ts';
import { taskCommands } from './commands/tasks.ts';
import { transcriptCommands } from './commands/transcript.ts';
import { webhookCommands } from './commands/webhooks.ts';
import type { GlobalOptions } from './context.ts';
import { demoCommand } from './demo/index.ts';
import { doctorCommand } from './doctor.ts';
import { CliError, EXIT, EXIT_HELP, type Failure, type FieldFailure, failureOf } from './exit.ts';
import { helpCommands } from './help.ts';
import { keyCommands } from './keys.ts';
import { validateCommand } from './validate.ts';
import { oneLine } from './view/text.ts';

const HELP = `
Examples:
  ${CLI} submit examples/audit.yaml --param checkout="$PWD"
  ${CLI} plan j-1a2b3c
  ${CLI} approve j-1a2b3c
  ${CLI} watch j-1a2b3c
  ${CLI} status j-1a2b3c --json | jq .stats

Where the API is: --url, else ORCHESTRATOR_URL, else what \`npm start\` wrote into the data folder, else
http://127.0.0.1:8080. A service with keys needs one in ORCHESTRATOR_API_KEY.

${EXIT_HELP}`;

/** Runs the command line and sets the exit code. Never throws for a mistake of the user. */
export async function main(argv: string[]): Promise<void> {
  for (const output of [process.stdout, process.stderr]) output.on('error', endQuietly);
  const program = buildProgram();
  let globals: GlobalOptions = {};
  program.hook('preAction', (_, command) => {
    globals = command.optsWithGlobals();
  });
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    if (error instanceof CommanderError && error.code === 'commander.help') {
      process.exitCode = EXIT.usage; // a command that only groups others: its help stands on stderr
      return;
    }
    process.exitCode = tell(error, globals, argv.includes('--json'));
  }
}

/** All commands, as they are parsed. */
export function buildProgram(): Command {
  const program = new Command(CLI)
    .description('Submit a spec, get a plan, approve it, and watch agents carry it out.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .option('--url <url>', 'where the API is')
    .option(
      '--data-dir <path>',
      'data folder of the service on this machine (ORCHESTRATOR_DATA_DIR, .orchestrator)',
    )
    .option('--json', 'print the result as JSON, and nothing else, on stdout')
    .helpOption('-h, --help', 'print this text')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText('after', HELP);
  submitCommand(program);
  runCommand(program);
  validateCommand(program);
  planCommands(program);
  decisionCommands(program);
  jobCommands(program);
  steerCommands(program);
  taskCommands(program);
  approvalCommands(program);
  messageCommands(program);
  webhookCommands(program);
  logCommands(program);
  transcriptCommands(program);
  eventCommands(program);
  artifactCommands(program);
  changeCommands(program);
  checkLogCommands(program);
  chatPlanCommands(program);
  projectCommands(program);
  serviceCommands(program);
  mcpCommand(program);
  routingCommands(program);
  keyCommands(program);
  configCommands(program);
  doctorCommand(program);
  demoCommand(program);
  helpCommands(program);
  shareOptions(program);
  return program;
}

/**
 * Lets every command take the options that all have, unless it has its own of that name: what stands after a command is
 * that command's, and only what stands before it is the program's (`--version`).
 */
function shareOptions(program: Command): void {
  const shared = program.options.filter(({ long }) => long !== '--version');
  const share = (command: Command) => {
    for (const option of shared) {
      const own = command.options.some(({ short, long }) => option.long === short || option.long === long);
      if (!own) command.addOption(option);
    }
    command.enablePositionalOptions();
    command.commands.forEach(share);
  };
  program.enablePositionalOptions();
  program.commands.forEach(share);
}

/** Says what is wrong, on stderr, and with `--json` on stdout too. Gives the exit code. */
function tell(error: unknown, globals: GlobalOptions, json: boolean): number {
  const failure = failureOf(error, urlOf(globals)) ?? unforeseen(error);
  const { code, message, fields, advice, exit } = failure;
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message, fields } }, null, 2)}\n`);
  const lines = [
    `orchestrator: ${message}${['usage', 'error', 'unreachable'].includes(code) ? '' : ` (${code})`}`,
    ...fields.map(fieldLine),
    ...(advice ? [advice] : []),
    ...(error instanceof CommanderError
      ? [`\`${CLI} help\` lists the commands, \`--help\` after one its options.`]
      : []),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  return exit;
}

/** As compilers have it where it stands in a file, so that editors and terminals find it. */
function fieldLine({ path, task_id, issue, file, line, column }: FieldFailure): string {
  const place =
    file === undefined ? '  ' : `${[file, line, column].filter((part) => part !== undefined).join(':')}: `;
  const task = task_id === undefined ? '' : ` (task ${oneLine(task_id, 64)})`;
  const where = path === '' && file !== undefined ? '' : `${oneLine(path, 200)}${task}: `;
  return `${place}${where}${oneLine(issue, 1000)}`;
}

function unforeseen(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { exit: EXIT.error, code: 'unexpected', message, fields: [] };
}

function urlOf(globals: GlobalOptions): string {
  try {
    return apiUrl({ url: globals.url, data_dir: globals.dataDir }).url;
  } catch (error) {
    return error instanceof CliError ? String(globals.url) : '?';
  }
}

/** Whoever read our output has gone (`| head`). */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT.ok);
  throw error;
}
