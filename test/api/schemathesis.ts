import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPythonTools } from '../../toolchain/python-tools.ts';
import { type RunResult, run } from '../../toolchain/run.ts';
import { startService } from '../cli/service.ts';

/** Streams of events end with their job, or never. */
const STREAMS = ['jobEvents', 'feed', 'projectEvents', 'taskToolEvents', 'mcpStream'];

/**
 * Operations that refuse data which fits their schema, by what a schema does not say. All others have to take it, or say
 * that what it is about is not there, or not in a state for it.
 */
const JUDGED_FURTHER: Record<string, readonly string[]> = {
  'a plan is a graph, of agents, criteria and models that there are': ['submit', 'replacePlan', 'changePlan'],
  'so is a project, and models of a job with a budget have a price': ['createProject'],
  'the agent or model that is named has to be one': ['retryTask', 'replaceRouting'],
  'one of two addresses is given, and leads to no private network': ['registerAgent', 'testWebhook'],
  'a pattern has to mean some event': ['brokerPlan'],
  'a cursor is of an earlier answer': ['listJobs', 'listWebhooks'],
  'to is later than from': ['readUsage'],
  'a checkpoint is a subtask of that task': ['brokerExecute'],
  'the protocol begins with a session': ['mcpMessage', 'mcpEnd'],
  'of what is free in form, a number or character that cannot be kept is refused': [
    ...['decideApproval', 'answerCallback', 'completeTask', 'startChatPlan', 'sayInProject'],
    ...['startProject', 'pauseProject', 'resumeProject', 'stopProject'],
  ],
};

/** A bundle is bytes, like any other file. */
const HOOKS = `import schemathesis
schemathesis.serializer.alias("application/x-git-bundle", "application/octet-stream")
`;

/** What is refused may also be too large; what takes too long on a busy machine is 503, where that is described. */
const CONFIG = `hooks = "hooks.py"
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 503]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 410]
${Object.values(JUDGED_FURTHER)
  .flat()
  .map(
    (name) => `[[operations]]
include-operation-id = "${name}"
checks.positive_data_acceptance.enabled = false
`,
  )
  .join('')}`;

/**
 * Has schemathesis make up requests for every operation of a service of its own: valid ones, ones that are not, and
 * ones that follow each other. Gives its answer, or why there is none.
 * @param examples of each operation
 * @param boundaries whether it also goes through the boundaries of every parameter, which is most of its work
 */
export async function schemathesize(options: {
  examples: number;
  boundaries: boolean;
  timeoutSeconds: number;
}): Promise<RunResult | { skipped: string }> {
  const tools = await findPythonTools('schemathesis', { onProgress: (line) => console.log(line) });
  if (tools.bin === undefined) return { skipped: `schemathesis is not to be had here: ${tools.reason}` };
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-schemathesis-'));
  const service = await startService({
    // whatever it makes up, no shell runs it
    config: { commands: 'off', api: { requests_per_minute: 1_000_000 } },
  });
  try {
    const { key } = await service.worker.store.createKey({ owner: 'ann', name: '', role: 'admin' });
    await writeFile(join(folder, 'hooks.py'), HOOKS);
    await writeFile(join(folder, 'schemathesis.toml'), CONFIG);
    return await run(
      join(tools.bin, 'schemathesis'),
      [
        ...['run', `${service.url}/openapi.json`, '--no-color', '--seed', '1'],
        ...['--max-examples', String(options.examples)],
        ...[
          '--phases',
          [...(options.boundaries ? ['coverage'] : []), 'fuzzing', 'stateful'].join(','),
          '--mode',
          'all',
        ],
        ...['--header', `Authorization: Bearer ${key}`, '--header', 'Prefer: wait=1'],
        ...['--request-timeout', '60', '--no-shrink', '--continue-on-failure', '--warnings', 'off'],
        ...['--generation-database', 'none', '--suppress-health-check', 'all'],
        ...STREAMS.flatMap((name) => ['--exclude-operation-id', name]),
      ],
      { cwd: folder, timeoutSeconds: options.timeoutSeconds },
    );
  } finally {
    await service.close();
    await rm(folder, { recursive: true, force: true });
  }
}
