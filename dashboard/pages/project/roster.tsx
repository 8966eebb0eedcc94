import { Status } from '../../components/status.tsx';
import type { Schemas } from '../../data/api.ts';
import classes from './project.module.css';

interface Props {
  agents: readonly Schemas['ProjectAgent'][];
  /** what agents have asked and wait to be told */
  asking: ReadonlyMap<string, string>;
  selected: string | null;
  onSelect(agent_id: string): void;
}

/** Who belongs to the project, the boss first: what each is doing, and how much it has to do and has done. */
export function Roster({ agents, asking, selected, onSelect }: Props) {
  return (
    <ul className={classes.roster}>
      {agents.map((agent) => (
        <li key={agent.agent_id}>
          <button
            type="button"
            className={classes.agent}
            aria-pressed={agent.agent_id === selected}
            title={`What ${agent.agent_id} says and is told`}
            onClick={() => onSelect(agent.agent_id)}
          >
            <span className={classes.line}>
              <span>
                <span className={classes.name}>{agent.agent_id}</span>{' '}
                <span className={classes.quiet}>{kindOf(agent)}</span>
              </span>
              <Status status={agent.status} />
            </span>
            {agent.role === 'worker' && (
              <>
                {agent.current_task && <span className={classes.doing}>{agent.current_task.title}</span>}
                {agent.status === 'working' && asking.has(agent.agent_id) && (
                  <span className={classes.asks}>asks: {asking.get(agent.agent_id)}</span>
                )}
                <span className={classes.quiet}>{loadOf(agent)}</span>
              </>
            )}
          </button>
        </li>
      ))}
    </ul>
  );
}

function kindOf({ role, specialty, created }: Schemas['ProjectAgent']): string {
  const kind = role === 'boss' ? 'boss' : (specialty ?? 'of the roster');
  return created ? `${kind}, made by the boss` : kind;
}

/** How many tasks it has and had, in words. */
function loadOf({ status, load, completed, failed }: Schemas['ProjectAgent']): string {
  const parts = [
    ...(load > 0 ? [`${load} under way`] : []),
    ...(completed > 0 ? [`${completed} completed`] : []),
    ...(failed > 0 ? [`${failed} failed or blocked`] : []),
  ];
  if (parts.length > 0) return parts.join(', ');
  return status === 'idle' ? 'no task yet' : 'its task was stopped';
}
