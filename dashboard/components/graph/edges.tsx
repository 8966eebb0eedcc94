import { getBezierPath, getSmoothStepPath, Position, ViewportPortal } from '@xyflow/react';
import { memo } from 'react';
import classes from './graph.module.css';
import type { GraphTask } from './graph-task.ts';
import { BOX, type Places } from './layout.ts';

/**
 * What depends on what, drawn as two paths in all: those of the longest way through, and the others. They are for the
 * eye only, and as a thousand parts of the page they would cost more time than everything else in the picture.
 */
export const Edges = memo(function Edges(props: {
  tasks: readonly GraphTask[];
  places: Places;
  critical: readonly string[];
}) {
  const { tasks, places, critical } = props;
  const before = new Map(critical.slice(1).map((task_id, index) => [task_id, critical[index]]));
  const paths: Record<'plain' | 'critical', string[]> = { plain: [], critical: [] };
  for (const { task_id, depends_on } of tasks) {
    for (const from of depends_on) {
      paths[before.get(task_id) === from ? 'critical' : 'plain'].push(
        pathBetween(places.get(from), places.get(task_id)),
      );
    }
  }
  return (
    <ViewportPortal>
      <svg className={classes.edges} aria-hidden="true">
        <path d={paths.plain.join('')} />
        <path d={paths.critical.join('')} data-critical />
      </svg>
    </ViewportPortal>
  );
});

type Place = { x: number; y: number } | undefined;

/** From the middle of the right side to the middle of the left one; nothing for a dependency that is not there. */
function pathBetween(from: Place, to: Place): string {
  if (from === undefined || to === undefined) return '';
  // on to the next row it goes between the rows, not through the boxes
  const path = to.x > from.x ? getBezierPath : getSmoothStepPath;
  return path({
    sourceX: from.x + BOX.width,
    sourceY: from.y + BOX.height / 2,
    sourcePosition: Position.Right,
    targetX: to.x,
    targetY: to.y + BOX.height / 2,
    targetPosition: Position.Left,
  })[0];
}
