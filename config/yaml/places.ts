import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from 'yaml';
import { isMergeKey } from './aliases.ts';

/**
 * Finds where the deepest part of a path that is written down begins in a document, as an offset in its text. What an
 * alias or a merge key stands for is looked for where it is written.
 */
export function placesIn(document: Document): (path: readonly PropertyKey[]) => number | undefined {
  /** pairs of maps by their names, of each map that was looked into */
  const known = new Map<YAMLMap, Map<string, Pair>>();
  let targets: Map<Node, Node> | undefined;

  return (path) => {
    let node: unknown = document.contents;
    let offset: number | undefined;
    for (const segment of path) {
      node = behind(node);
      if (isMap(node)) {
        const pair = pairOf(node, String(segment));
        if (!pair) break;
        offset = startOf(pair.key) ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(segment)];
        offset = startOf(node) ?? offset;
      } else break;
    }
    return offset;
  };

  function pairOf(map: YAMLMap, name: string): Pair | undefined {
    const pairs =
      known.get(map) ??
      new Map(map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])));
    known.set(map, pairs);
    return (
      pairs.get(name) ??
      mergedInto(map).reduce<Pair | undefined>((found, one) => found ?? pairOf(one, name), undefined)
    );
  }

  function mergedInto(map: YAMLMap): YAMLMap[] {
    return map.items
      .filter(({ key }) => isMergeKey(key))
      .map(({ value }) => behind(value))
      .flatMap((value) => (isSeq(value) ? value.items.map(behind) : [value]))
      .filter((value) => isMap(value));
  }

  function behind(node: unknown): unknown {
    if (!isAlias(node)) return node;
    targets ??= targetsOf(document);
    return targets.get(node);
  }
}

/** What each alias of a document names. */
function targetsOf(document: Document): Map<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, {
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Alias(_, alias) {
      const target = anchors.get(alias.source);
      if (target) targets.set(alias, target);
    },
  });
  return targets;
}

const startOf = (node: unknown): number | undefined =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
