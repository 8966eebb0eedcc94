/** A task as it is submitted. */
export interface PlannedTask {
  task_id: string;
  title: string;
  agent?: string;
  /** instead of an agent: what whoever does it must be able to do */
  capabilities?: string[];
  /** for the agent `command` */
  command?: string[];
  /** for agents that think */
  description?: string;
  depends_on: string[];
  estimated_seconds: number;
}

/** Tasks that each wait for the one before. */
export function chain(count: number, command: string[]): PlannedTask[] {
  return numbered(count).map((n) => plannedTask(n, command, n === 1 ? [] : [n - 1]));
}

/** Tasks that wait for nothing. */
export function fanOut(count: number, command: string[]): PlannedTask[] {
  return numbered(count).map((n) => plannedTask(n, command, []));
}

/** Tasks of an agent that thinks, which wait for nothing, with so many bytes of material each. */
export function thinkingTasks(count: number, agent: string, material = 0): PlannedTask[] {
  return numbered(count).map((n) => ({
    task_id: `t${n}`,
    title: `Task ${n}`,
    agent,
    description: `Do part ${n} of the whole.\n\n${'All that there is to know of it. '.repeat(material / 33)}`,
    depends_on: [],
    estimated_seconds: 1,
  }));
}

/**
 * A random DAG, always the same for a seed: `sizes[0]` to `sizes[1]` tasks of 0.5 to 5 s, each waiting for up to
 * three of the eight before it.
 */
export function randomDag(seed: number, sizes: readonly [number, number], command: string[]): PlannedTask[] {
  const random = mulberry32(seed);
  const upTo = (max: number) => Math.floor(random() * (max + 1));
  return numbered(sizes[0] + upTo(sizes[1] - sizes[0])).map((n) => {
    const before = Array.from({ length: Math.min(n - 1, 8) }, (_, index) => n - 1 - index);
    const wanted = Math.min(upTo(3), before.length);
    const dependencies = Array.from({ length: wanted }, () => before.splice(upTo(before.length - 1), 1)[0]!);
    const seconds = Math.round((0.5 + random() * 4.5) * 100) / 100;
    return { ...plannedTask(n, command, dependencies), estimated_seconds: seconds };
  });
}

const LAYERS = 10;

/** Layers of tasks of 0.2 to 1 s, each of which waits for two of the layer before; always the same. */
export function layered(count: number, command: string[]): PlannedTask[] {
  const random = mulberry32(1);
  const size = Math.ceil(count / LAYERS);
  return Array.from({ length: count }, (_, index) => {
    const layer = Math.floor(index / size);
    const pick = () => `t${(layer - 1) * size + Math.floor(random() * size)}`;
    return {
      task_id: `t${index}`,
      title: `Task ${index}`,
      agent: 'command',
      command,
      depends_on: layer === 0 ? [] : [...new Set([pick(), pick()])],
      estimated_seconds: Math.round((0.2 + random() * 0.8) * 100) / 100,
    };
  });
}

/** Numbers from 0 up to 1, evenly spread and always the same for a seed. Tommy Ettinger's mulberry32. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const numbered = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const plannedTask = (n: number, command: string[], dependencies: number[]): PlannedTask => ({
  task_id: `t${n}`,
  title: `Task ${n}`,
  agent: 'command',
  command,
  depends_on: dependencies.map((dependency) => `t${dependency}`),
  estimated_seconds: 1,
});
