/** Reads something, or shares what another reads at the same time; see {@link createTurns}. */
export type Turns = <T>(kind: string, read: () => Promise<T>) => Promise<T>;

/**
 * Reads of the same kind, one at a time: who asks while one is under way shares the next one with all others who do.
 * So nobody gets what was read before they asked, nor an error of somebody else's, and a thousand readers cost as much as
 * two.
 */
export function createTurns(): Turns {
  const turns = new Map<string, { now: Promise<unknown>; next?: Promise<unknown> }>();

  function begin<T>(kind: string, read: () => Promise<T>): Promise<T> {
    const now = read();
    const turn = { now };
    turns.set(kind, turn);
    const end = () => {
      if (turns.get(kind) === turn) turns.delete(kind);
    };
    now.then(end, end);
    return now;
  }

  return <T>(kind: string, read: () => Promise<T>) => {
    const turn = turns.get(kind);
    if (!turn) return begin(kind, read);
    const next = () => begin(kind, read);
    turn.next ??= turn.now.then(next, next);
    return turn.next as Promise<T>;
  };
}

const ofService = new WeakMap<object, Turns>();

/** The turns that everything which reads for one service shares. */
export function turnsOf(deps: object): Turns {
  const turns = ofService.get(deps) ?? createTurns();
  ofService.set(deps, turns);
  return turns;
}
