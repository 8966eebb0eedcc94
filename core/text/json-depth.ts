/**
 * Levels of brackets that JSON from outside may have. Nothing that people or programs exchange comes near it, and every
 * reader of it (`JSON.stringify`, schemas, YAML, databases) recurses that deep without harm.
 */
export const MAX_JSON_DEPTH = 200;

/** The same of what workflows are sent. Of some thousand levels JSON can't be written any more. */
export const MAX_ARGUMENT_DEPTH = 1000;

/** Whether a parsed value has more levels of objects and lists than `limit`. Needs no stack, however deep it is. */
export function tooDeep(value: unknown, limit = MAX_JSON_DEPTH): boolean {
  const open = [{ value, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    const depth = next.depth + 1;
    if (depth > limit) return true;
    for (const inner of Object.values(next.value)) open.push({ value: inner, depth });
  }
  return false;
}

/**
 * Whether a JSON text has more levels of brackets than `limit`, told before it is parsed. Of a text that is no JSON it
 * says what its brackets outside of strings say.
 */
export function textTooDeep(json: string, limit = MAX_JSON_DEPTH): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (quoted) {
      if (char === BACKSLASH) at += 1;
      else if (char === QUOTE) quoted = false;
    } else if (char === QUOTE) quoted = true;
    else if (char === OPEN_LIST || char === OPEN_OBJECT) {
      depth += 1;
      if (depth > limit) return true;
    } else if (char === CLOSE_LIST || char === CLOSE_OBJECT) depth -= 1;
  }
  return false;
}

/** What to say of JSON that is too deep. */
export const TOO_DEEP = `it has more than ${MAX_JSON_DEPTH} levels of brackets`;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
