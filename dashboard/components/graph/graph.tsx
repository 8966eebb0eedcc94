import '@xyflow/react/dist/style.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { Background, Controls, MiniMap, type Node, ReactFlow } from '@xyflow/react';
import { useMemo, useRef } from 'react';
import { type AnyStatus, toneOf } from '../status.tsx';
import { Edges } from './edges.tsx';
import { Far } from './far.tsx';
import classes from './graph.module.css';
import type { GraphTask } from './graph-task.ts';
import { FIT, KeepFitted } from './keep-fitted.tsx';
import { BOX, layOut, READABLE } from './layout.ts';
import { TaskBox, type TaskBoxData } from './task-box.tsx';

/** A task in the picture. */
export interface GraphBox extends GraphTask {
  title: string;
  agent: string;
  status?: AnyStatus;
  note: string;
  warning: string | null;
}

export interface GraphProps {
  tasks: readonly GraphBox[];
  /** task_ids of the longest way through, whose edges stand out */
  critical: readonly string[];
  selected: string | null;
  onSelect(task_id: string): void;
  /** where given, edges can be drawn: `to` is to depend on `from` */
  onConnect?(from: string, to: string): void;
  label: string;
}

/** The colour of a task's status, for the overview. */
const colourOf = ({ data }: Node<TaskBoxData>): string =>
  `var(--tone-${data.status ? toneOf(data.status) : 'idle'})`;

const NODE_TYPES = { task: TaskBox };
const MANY = 40;
const READABLE_FIT = { ...FIT, minZoom: READABLE };

/** Tasks as a layered picture, from those without dependencies at the left. The layout changes with the edges only. */
export default function Graph({ tasks, critical, selected, onSelect, onConnect, label }: GraphProps) {
  const scheme = useComputedColorScheme('light');
  const moved = useRef(false);
  const { ref, width, height } = useElementSize();
  const shape = tasks.map(({ task_id, depends_on }) => `${task_id}<${depends_on.join(',')}`).join(';');
  // biome-ignore lint/correctness/useExhaustiveDependencies: a status that changes moves no box
  const places = useMemo(() => layOut(tasks, { width, height }), [shape, width, height]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const drawn = useMemo(() => tasks, [shape]);
  const nodes = useNodes({
    tasks,
    places,
    critical,
    selected,
    onSelect,
    connectable: onConnect !== undefined,
  });
  // a big one is first seen as a whole, with its overview and the list beside it
  const fit = tasks.length > MANY ? FIT : READABLE_FIT;
  return (
    <section className={classes.graph} aria-label={label} ref={ref}>
      <ReactFlow
        key={shape.length > 0 ? 'tasks' : 'none'}
        nodes={nodes}
        nodeTypes={NODE_TYPES}
        colorMode={scheme}
        fitView
        fitViewOptions={fit}
        onMove={(event) => {
          if (event !== null) moved.current = true;
        }}
        minZoom={0.05}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesFocusable={false}
        elementsSelectable={false}
        nodesConnectable={onConnect !== undefined}
        onConnect={({ source, target }) => onConnect?.(source, target)}
        onlyRenderVisibleElements={tasks.length > MANY}
        deleteKeyCode={null}
        zoomOnScroll={false}
        panOnScroll
        preventScrolling
      >
        <Edges tasks={drawn} places={places} critical={critical} />
        <KeepFitted moved={moved} places={places} fit={fit} />
        <Far />
        <Background gap={24} size={1} />
        <Controls showInteractive={false} />
        {tasks.length > MANY && <MiniMap pannable ariaLabel="Overview" nodeColor={colourOf} />}
      </ReactFlow>
    </section>
  );
}

/** Nodes for the tasks; one whose task looks as before stays the same object, so that it is not drawn again. */
function useNodes(now: {
  tasks: readonly GraphBox[];
  places: ReturnType<typeof layOut>;
  critical: readonly string[];
  selected: string | null;
  onSelect(task_id: string): void;
  connectable: boolean;
}): Node<TaskBoxData>[] {
  const before = useRef(new Map<string, Node<TaskBoxData>>());
  const { tasks, places, critical, selected, onSelect, connectable } = now;
  const isCritical = new Set(critical);
  const nodes = tasks.map((task): Node<TaskBoxData> => {
    const { task_id, title, agent, status, note, warning } = task;
    const data: TaskBoxData = {
      task_id,
      title,
      agent,
      status,
      note,
      warning,
      critical: isCritical.has(task_id),
      selected: selected === task_id,
      connectable,
      onSelect,
    };
    const position = places.get(task_id) ?? { x: 0, y: 0 };
    const old = before.current.get(task_id);
    if (old && old.position === position && looksTheSame(old.data, data)) return old;
    return { id: task_id, type: 'task', position, data, ...BOX };
  });
  before.current = new Map(nodes.map((node) => [node.id, node]));
  return nodes;
}

const looksTheSame = (a: TaskBoxData, b: TaskBoxData): boolean =>
  Object.entries(a).every(([name, value]) => b[name] === value);
