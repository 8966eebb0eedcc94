import { Ajv2020 } from 'ajv/dist/2020.js';

type Schema = Record<string, unknown>;

/** A schema that every provider takes, or why there is none. */
export type FittedSchema =
  /** `told`: what stands in the description, because the schema does not say it any more; `why` that is so */
  { schema: Schema; told?: string; why?: string } | { left_out: string };

const MAX_CHARS = 64 * 1024;
const TOLD_CHARS = 4000;
const MAX_LEVELS = 64;

/** What no provider takes beside the type of the root. */
const NOT_AT_ROOT = ['anyOf', 'oneOf', 'allOf', 'not', 'if', 'enum', 'const', '$ref', '$dynamicRef'];

/** https://docs.claude.com/en/docs/agents-and-tools/tool-use: names of arguments that are taken */
const ARGUMENT = /^[a-zA-Z0-9_.-]{1,64}$/;

// only asked whether a schema is one: it compiles nothing of what servers send
const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });

/**
 * The input schema of a tool, as providers take it: an object at its root, valid by JSON Schema 2020-12. One refused
 * request would cost the agent all its tools. A schema that is not so is told in words instead: any object is taken, and
 * the server looks at it.
 */
export function fitSchema(given: unknown): FittedSchema {
  if (given === undefined) return { schema: ANY_OBJECT };
  if (!isObject(given)) return { left_out: 'its input schema is not an object' };
  if (isDeeper(given, MAX_LEVELS)) {
    return { left_out: `its input schema is nested deeper than ${MAX_LEVELS} levels` };
  }
  const text = JSON.stringify(given);
  if (text.length > MAX_CHARS) {
    return { left_out: `its input schema has ${text.length} characters; ${MAX_CHARS} are taken at most` };
  }
  const { $schema: _, ...schema } = given;
  const types = [schema.type ?? 'object'].flat();
  if (!types.includes('object')) {
    return { left_out: `its input is no object but ${types.map(String).join(' or ').slice(0, 100)}` };
  }
  const why = whyNot(schema);
  if (why === undefined) return { schema: { properties: {}, ...schema, type: 'object' } };
  const shown = text.length > TOLD_CHARS ? `${text.slice(0, TOLD_CHARS).toWellFormed()}… (cut)` : text;
  return { schema: ANY_OBJECT, told: `Its arguments, as a JSON schema: ${shown}`, why };
}

const ANY_OBJECT: Schema = { type: 'object', properties: {}, additionalProperties: true };

function whyNot(schema: Schema): string | undefined {
  const odd = NOT_AT_ROOT.find((keyword) => keyword in schema);
  if (odd) return `its input schema has ${odd} at its root`;
  if (!ajv.validateSchema(schema)) {
    const [error] = ajv.errors ?? [];
    return `its input schema is not valid: ${error?.instancePath || 'the root'} ${error?.message ?? ''}`.slice(
      0,
      300,
    );
  }
  const name = Object.keys(isObject(schema.properties) ? schema.properties : {}).find(
    (key) => !ARGUMENT.test(key),
  );
  if (name !== undefined)
    return `its argument ${JSON.stringify(name.slice(0, 100))} has a name that models can't use`;
  const lost = unresolved(schema);
  return lost === undefined
    ? undefined
    : `its input schema refers to ${lost.slice(0, 100)}, which is not there`;
}

/** A reference that leads nowhere within the schema. */
function unresolved(root: Schema): string | undefined {
  for (const { value } of nodes(root)) {
    if (!isObject(value) || typeof value.$ref !== 'string') continue;
    const [start, ...path] = value.$ref.split('/');
    let found: unknown = start === '#' ? root : undefined;
    for (const key of path) {
      const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
      found =
        typeof found === 'object' && found !== null && Object.hasOwn(found, name)
          ? (found as Schema)[name]
          : undefined;
    }
    if (found === undefined) return value.$ref;
  }
  return undefined;
}

function isDeeper(value: unknown, levels: number): boolean {
  for (const { level } of nodes(value)) if (level > levels) return true;
  return false;
}

/** Every value within a value, without recursion: how deep it nests is the server's choice. */
function* nodes(root: unknown): Generator<{ value: unknown; level: number }> {
  const open = [{ value: root, level: 0 }];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node;
    if (typeof node.value !== 'object' || node.value === null) continue;
    for (const value of Object.values(node.value)) open.push({ value, level: node.level + 1 });
  }
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
