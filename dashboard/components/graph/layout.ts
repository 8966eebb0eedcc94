import dagre from '@dagrejs/dagre';

/** A task as the picture needs it. */
export interface GraphTask {
  task_id: string;
  depends_on: readonly string[];
}

/** Where each task is drawn: the upper left corner of its box. */
export type Places = ReadonlyMap<string, { x: number; y: number }>;

/** Size of a task's box. */
export const BOX = { width: 200, height: 58 };
const GAP = { across: 64, down: 16 };
/** Boxes that stand one above the other before a rank takes another column: a fan-out of 500 stays a picture. */
const COLUMN = 22;

/** A layered layout from left to right; dependencies that are not there are passed over. */
export function layOut(tasks: readonly GraphTask[]): Places {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: GAP.down, ranksep: GAP.across, ranker: rankerFor(tasks.length) });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(tasks.map(({ task_id }) => task_id));
  for (const { task_id } of tasks) graph.setNode(task_id, { ...BOX });
  for (const { task_id, depends_on } of tasks) {
    for (const before of depends_on) if (known.has(before)) graph.setEdge(before, task_id);
  }
  dagre.layout(graph);
  return inColumns(
    tasks.map(({ task_id }) => {
      const { x, y } = graph.node(task_id);
      return { task_id, x, y };
    }),
  );
}

/** The best one takes seconds for some hundred tasks. */
const rankerFor = (count: number): string => (count > 120 ? 'longest-path' : 'network-simplex');

/** Puts ranks that are too tall into several columns, and those behind them further to the right. */
function inColumns(placed: { task_id: string; x: number; y: number }[]): Places {
  const ranks = [...Map.groupBy(placed, ({ x }) => Math.round(x)).entries()].sort(([a], [b]) => a - b);
  const places = new Map<string, { x: number; y: number }>();
  if (ranks.every(([, boxes]) => boxes.length <= COLUMN)) {
    for (const { task_id, x, y } of placed)
      places.set(task_id, { x: x - BOX.width / 2, y: y - BOX.height / 2 });
    return places;
  }
  let left = 0;
  for (const [, boxes] of ranks) {
    boxes.sort((a, b) => a.y - b.y);
    const columns = Math.ceil(boxes.length / COLUMN);
    const rows = Math.ceil(boxes.length / columns);
    const top = (-rows * (BOX.height + GAP.down)) / 2;
    boxes.forEach(({ task_id }, index) => {
      const column = Math.floor(index / rows);
      places.set(task_id, {
        x: left + column * (BOX.width + GAP.down),
        y: top + (index % rows) * (BOX.height + GAP.down),
      });
    });
    left += columns * (BOX.width + GAP.down) - GAP.down + GAP.across;
  }
  return places;
}
