import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { memo } from 'react';
import { visible } from '../../../contracts/hidden-text.ts';
import { words } from '../format.ts';
import { type AnyStatus, Dot, toneOf } from '../status.tsx';
import classes from './graph.module.css';

/** What the box of a task shows. */
export interface TaskBoxData extends Record<string, unknown> {
  task_id: string;
  title: string;
  /** who does it */
  agent: string;
  /** left out: it is a plan, nothing has a status yet */
  status?: AnyStatus;
  /** an estimate, an attempt: the short text at the right */
  note: string;
  critical: boolean;
  /** why it should be looked at, where it should */
  warning: string | null;
  selected: boolean;
  /** whether edges can be drawn from and to it */
  connectable: boolean;
  onSelect(task_id: string): void;
}

/** The box of a task: a button with its title, agent and status. */
export const TaskBox = memo(function TaskBox({ data }: NodeProps<Node<TaskBoxData>>) {
  const { task_id, agent, status, note, critical, warning, selected, connectable, onSelect } = data;
  const title = visible(data.title);
  return (
    <>
      {connectable && <Handle type="target" position={Position.Left} className={classes.handle} />}
      <button
        type="button"
        className={classes.box}
        data-tone={status ? toneOf(status) : 'plan'}
        data-critical={critical || undefined}
        aria-pressed={selected}
        title={warning === null ? title : `${title}: ${warning}`}
        onClick={() => onSelect(task_id)}
      >
        <span className={classes.title}>{title}</span>
        <span className={classes.facts}>
          {status && <Dot tone={toneOf(status)} />}
          <span className={classes.agent}>{status ? `${words(status)} · ${agent}` : agent}</span>
          {warning !== null && <span className={classes.warning}>conflict</span>}
          <span className={classes.note}>{note}</span>
        </span>
      </button>
      {connectable && <Handle type="source" position={Position.Right} className={classes.handle} />}
    </>
  );
});
