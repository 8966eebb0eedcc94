import { LineCounter } from 'yaml';
import { parseJson } from '../../api/request/json.ts';
import { loadConfig } from '../../config/load.ts';
import { snapshotOf } from '../../config/roster/snapshot.ts';
import { yamlAsJson } from '../../config/yaml/as-json.ts';
import { placesIn } from '../../config/yaml/places.ts';
import type { AgentSummary } from '../../contracts/agent.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { withTaskIds } from '../../core/plan/validate.ts';
import { type CheckedSubmission, checkSubmission } from '../../core/submission/submission.ts';
import { InvalidInput } from '../exit.ts';
import { readDocument, shortName, shown } from '../input.ts';

/** What a submission is checked by, besides the rules that hold everywhere. */
export interface Installation {
  /** a configuration file; undefined: that of this folder, else the defaults */
  config: string | undefined;
  /** agents that the service has besides those of the configuration */
  agents: readonly string[];
}

/**
 * Checks the text of a submission as the API does.
 * @returns what would be started, and the configuration that it was checked by; null: the defaults
 * @throws InvalidInput with every problem and where in the text it is; a ProblemError for a configuration that can't be used
 */
export function checkText(
  source: string,
  name: string,
  installation: Installation,
): { spec: JobSpec; config: string | null } {
  const lines = new LineCounter();
  const document = readDocument(source, name, lines);
  const { config, roster, file } = loadConfig(installation.config);
  const snapshot = snapshotOf(config, roster, null);
  snapshot.agents.push(...installation.agents.map(strangerCalled));
  // without a configuration it is not known which repositories there are
  const repositories = file === null ? null : config.repositories;
  const json = yamlAsJson(document);
  const checked = asProblem(() => checkSubmission(parseJson(json), snapshot, repositories));
  if (checked.ok) return { spec: checked.spec, config: file };

  const offsetOf = placesIn(document);
  const { message, fields = [{ path: '', issue: message }] } = checked.problem;
  const placed = withTaskIds(fields, JSON.parse(json)).map((field) => {
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
