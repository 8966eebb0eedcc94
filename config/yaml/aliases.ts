import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node } from 'yaml';

/** What all aliases of a text may stand for together, in characters. */
const MOST_CHARS = 10_000_000;
/** What each value counts at least, so that few characters are not many values. */
const VALUE_CHARS = 100;

/**
 * What is wrong with the aliases (`*name`) and merge keys (`<<`) of a document: the parser looks at them only when it
 * makes a value of it, and then writes out what a merge key names again and again, however much that becomes.
 */
export function aliasMistakes({ contents }: Document): { node: Node; message: string }[] {
  const mistakes: { node: Node; message: string }[] = [];
  /** sizes of what stands behind anchors; null: it has not ended yet */
  const anchors = new Map<string, number | null>();
  let stood_for = 0;
  sizeOf(contents);
  return mistakes;

  function sizeOf(node: unknown): number {
    if (isAlias(node)) return aliasSize(node);
    const anchor = isNode(node) && 'anchor' in node ? (node.anchor as string | undefined) : undefined;
    if (anchor !== undefined) anchors.set(anchor, null);
    let size = VALUE_CHARS;
    if (isScalar(node)) size = Math.max(size, String(node.value).length);
    if (isSeq(node)) for (const item of node.items) size += sizeOf(item);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        size += sizeOf(key) + sizeOf(value);
        if (isMergeKey(key)) checkMerged(value);
      }
    }
    if (anchor !== undefined) anchors.set(anchor, size);
    return size;
  }

  function aliasSize(alias: Node & { source: string }): number {
    const size = anchors.get(alias.source);
    if (size === undefined) tell(alias, `No anchor &${alias.source} stands before this alias`);
    if (size === null) tell(alias, `The alias *${alias.source} stands within what it names`);
    const before = stood_for;
    stood_for += size ?? 0;
    if (stood_for > MOST_CHARS && before <= MOST_CHARS) tell(alias, 'The aliases stand for too much text');
    return size ?? 0;
  }

  function checkMerged(value: unknown): void {
    for (const one of isSeq(value) ? value.items : [value]) {
      if (isMap(one) || isAlias(one)) continue;
      tell(isNode(one) ? one : contents!, '<< takes a map, an alias of one, or a list of those');
    }
  }

  function tell(node: Node, message: string): void {
    mistakes.push({ node, message });
  }
}

/** Whether a key of a map is `<<`, without quotes. */
export const isMergeKey = (key: unknown): boolean => isScalar(key) && typeof key.value === 'symbol';
