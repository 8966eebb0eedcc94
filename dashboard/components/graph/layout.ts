import dagre from '@dagrejs/dagre';
import type { GraphTask } from './graph-task.ts';
import { rankedOrder } from './many.ts';

/** Where each task is drawn: the upper left corner of its box. */
export type Places = ReadonlyMap<string, { x: number; y: number }>;

/** Size of a task's box. */
export const BOX = { width: 200, height: 58 };
const GAP = { across: 64, down: 16, rows: 44 };
/** From so many on, a full layout takes too long to be waited for. */
const MANY = 100;
/** Boxes that stand one above the other before a rank takes another column: a fan-out of 500 stays a picture. */
const COLUMN = { least: 20, most: 80 };
/** How much wider than high a picture of many boxes is to be. */
const RATIO = 1.5;

/** Below this zoom a box is hard to read: the whole of a picture that is not big is never shown smaller. */
export const READABLE = 0.75;

/** A size in pixels. */
interface Size {
  width: number;
  height: number;
}

/**
 * A layered layout from left to right; dependencies that are not there are passed over. One that is too wide to be read in
 * its frame goes on in further rows, as lines of a text do, where it is bigger so.
 */
export function layOut(tasks: readonly GraphTask[], frame?: Size): Places {
  const places = tasks.length < MANY ? byDagre(tasks) : inColumns(rankedOrder(tasks));
  if (!frame || tasks.length === 0 || frame.width === 0 || zoomOf(places, frame) >= READABLE) return places;
  const columns = [...Map.groupBy(places, ([, { x }]) => Math.round(x))]
    .sort(([a], [b]) => a - b)
    .map(([, boxes]) => new Map(boxes));
  const wrapped = columns.map((_, index) => inRows(columns, index + 1));
  return [places, ...wrapped].reduce((best, next) =>
    zoomOf(next, frame) > zoomOf(best, frame) ? next : best,
  );
}

/** How big the whole can be drawn in a frame, at most as it is. */
function zoomOf(places: Places, frame: Size): number {
  const all = [...places.values()];
  const span = (values: number[], box: number) => Math.max(...values) - Math.min(...values) + box;
  const width = span(
    all.map(({ x }) => x),
    BOX.width,
  );
  const height = span(
    all.map(({ y }) => y),
    BOX.height,
  );
  return Math.min(1, frame.width / width, frame.height / height);
}

/** So many columns side by side, and the next ones below them. */
function inRows(columns: readonly Places[], count: number): Places {
  const places = new Map<string, { x: number; y: number }>();
  let top = 0;
  for (let start = 0; start < columns.length; start += count) {
    const row = columns.slice(start, start + count);
    const ys = row.flatMap((column) => [...column.values()].map(({ y }) => y));
    const first = Math.min(...ys);
    row.forEach((column, index) => {
      for (const [id, { y }] of column) {
        places.set(id, { x: index * (BOX.width + GAP.across), y: top + y - first });
      }
    });
    top += Math.max(...ys) - first + BOX.height + GAP.rows;
  }
  return places;
}

function byDagre(tasks: readonly GraphTask[]): Places {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: GAP.down, ranksep: GAP.across });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(tasks.map(({ task_id }) => task_id));
  for (const { task_id } of tasks) graph.setNode(task_id, { ...BOX });
  for (const { task_id, depends_on } of tasks) {
    for (const before of depends_on) if (known.has(before)) graph.setEdge(before, task_id);
  }
  dagre.layout(graph);
  const placed = tasks.map(({ task_id }) => {
    const { x, y } = graph.node(task_id);
    return { task_id, x: x - BOX.width / 2, y: y - BOX.height / 2 };
  });
  const ranks = [...Map.groupBy(placed, ({ x }) => Math.round(x))].sort(([a], [b]) => a - b);
  if (ranks.some(([, boxes]) => boxes.length > COLUMN.least)) {
    return inColumns(ranks.map(([, boxes]) => boxes.sort((a, b) => a.y - b.y).map(({ task_id }) => task_id)));
  }
  return new Map(placed.map(({ task_id, x, y }) => [task_id, { x, y }]));
}

/** Ranks side by side, those that are too tall in several columns. */
function inColumns(ranks: readonly string[][]): Places {
  const places = new Map<string, { x: number; y: number }>();
  const height = columnHeight(ranks);
  let left = 0;
  for (const ids of ranks) {
    const columns = Math.ceil(ids.length / height);
    const rows = Math.ceil(ids.length / columns);
    const top = (-rows * (BOX.height + GAP.down)) / 2;
    ids.forEach((id, index) => {
      const x = left + Math.floor(index / rows) * (BOX.width + GAP.down);
      places.set(id, { x, y: top + (index % rows) * (BOX.height + GAP.down) });
    });
    left += columns * (BOX.width + GAP.down) - GAP.down + GAP.across;
  }
  return places;
}

/** The height of columns, in boxes, that brings the whole nearest to the wanted ratio. */
function columnHeight(ranks: readonly string[][]): number {
  let height = COLUMN.least;
  const width = () =>
    ranks.reduce((sum, ids) => sum + Math.ceil(ids.length / height) * (BOX.width + GAP.down), 0) +
    ranks.length * GAP.across;
  while (height < COLUMN.most && width() > RATIO * height * (BOX.height + GAP.down)) height += 2;
  return height;
}
