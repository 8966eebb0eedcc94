import { LineCounter } from 'yaml';
import { parseJson } from '../../api/request/json.ts';
import { loadConfig } from '../../config/load.ts';
import { snapshotOf } from '../../config/roster/snapshot.ts';
import { yamlAsJson } from '../../config/yaml/as-json.ts';
import { placesIn } from '../../config/yaml/places.ts';
import type { AgentSummary } from '../../contracts/agent.ts';
import { ProblemError } from '../../contracts/error.ts';
import { refersAt } from '../../core/parameters/expand.ts';
import { withSamples } from '../../core/parameters/samples.ts';
import { withTaskIds } from '../../core/plan/validate.ts';
import { type CheckedSubmission, checkSubmission } from '../../core/submission/submission.ts';
import { InvalidInput } from '../exit.ts';
import { readDocument, shortName, shown } from '../input.ts';
import { withValues } from '../parameters.ts';

/** What a submission is checked by, besides the rules that hold everywhere. */
export interface Installation {
  /** a configuration file; undefined: that of this folder, else the defaults */
  config: string | undefined;
  /** agents that the service has besides those of the configuration */
  agents: readonly string[];
  /** of parameters, besides those of the file */
  values: Readonly<Record<string, unknown>>;
}

/**
 * Checks the text of a submission as the API does.
 * @returns the configuration that it was checked by (null: the defaults), the number of its tasks (null: no plan), and the
 *   parameters that would have to be given; what those stand for is not checked
 * @throws InvalidInput with every problem and where in the text it is; a ProblemError for a configuration that can't be used
 */
export function checkText(
  source: string,
  name: string,
  installation: Installation,
): { config: string | null; tasks: number | null; sampled: string[] } {
  const lines = new LineCounter();
  const document = readDocument(source, name, lines);
  const { config, roster, file } = loadConfig(installation.config);
  const snapshot = snapshotOf(config, roster, null);
  snapshot.agents.push(...installation.agents.map(strangerCalled));
  // without a configuration it is not known which repositories there are
  const repositories = file === null ? null : config.repositories;
  const json = yamlAsJson(document);
  let sampled: string[] = [];
  const checked = asProblem(() => {
    const completed = withSamples(withValues(parseJson(json), installation.values));
    ({ sampled } = completed);
    return checkSubmission(completed.body, snapshot, repositories);
  });
  const body = JSON.parse(json);
  const found = checked.ok ? [] : (checked.problem.fields ?? [{ path: '', issue: checked.problem.message }]);
  const fields = found.filter(({ path }) => !refersAt(body, path, sampled));
  if (fields.length === 0) return { config: file, tasks: body.plan?.tasks?.length ?? null, sampled };

  const offsetOf = placesIn(document);
  const placed = withTaskIds(fields, body).map((field) => {
    const { line, col: column } = lines.linePos(
      offsetOf(field.path === '' ? [] : field.path.split('.')) ?? 0,
    );
    return { ...field, file: shortName(name), line, column };
  });
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  throw new InvalidInput(`${shown(name)} is not valid: ${count(placed.length)}.`, placed);
}

const count = (problems: number): string => `${problems} ${problems === 1 ? 'problem' : 'problems'}`;

function asProblem(check: () => CheckedSubmission): CheckedSubmission {
  try {
    return check();
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** An agent of which only the name is known: it does what it is told, but runs no commands of the plan. */
const strangerCalled = (name: string): AgentSummary => ({
  name,
  kind: 'http',
  description: '',
  capabilities: [],
  provider: null,
  model: null,
});
