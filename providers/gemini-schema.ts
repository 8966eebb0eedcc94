type Schema = Record<string, unknown>;

/** Deeper than any form that a model fills in well; ends schemas that contain themselves. */
const LONGEST_PATH = 12;

/** Of a schema with all its references put in place, which may be more than there is memory for. */
const MOST_NODES = 5000;

/** Keywords that Gemini takes as they are. It refuses a request with any other. */
const KEPT = [
  'title',
  'description',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'pattern',
  'required',
];

/**
 * A JSON schema in the words that Gemini knows: references are put in place, `const` is an `enum` of one, `oneOf` is
 * `anyOf`, `null` among types is `nullable`; what it does not know is left out, so that the schema allows more than
 * the original.
 * @see https://ai.google.dev/api/caching#Schema
 */
export function toGeminiSchema(schema: Schema): Schema {
  const defs = { ...toSchema(schema.definitions), ...toSchema(schema.$defs) };
  return convert(schema, { defs, left: MOST_NODES }, 0);
}

/** What schemas within one schema have in common: what they may refer to, and how many more may be written. */
interface Whole {
  readonly defs: Schema;
  left: number;
}

function convert(given: Schema, whole: Whole, depth: number): Schema {
  whole.left -= 1;
  if (depth > LONGEST_PATH || whole.left < 0) return { type: 'object' };
  const schema = resolve(given, whole.defs);
  const inner = (value: unknown) => convert(toSchema(value), whole, depth + 1);
  const { types, nullable } = typesOf(schema);
  const variants = [schema.anyOf ?? schema.oneOf].flat().filter((variant) => variant !== undefined);
  const others = variants.filter((variant) => toSchema(variant).type !== 'null');
  const anyOf = types.length > 1 ? types.map((type) => ({ type })) : others.map(inner);
  const choices = 'const' in schema ? [schema.const] : schema.enum;
  const texts = Array.isArray(choices) && choices.every((choice) => typeof choice === 'string');
  const type = types.length === 1 ? types[0] : texts ? 'string' : undefined;
  return {
    ...(type !== undefined && anyOf.length === 0 ? { type } : {}),
    ...Object.fromEntries(KEPT.flatMap((key) => (key in schema ? [[key, schema[key]]] : []))),
    ...(nullable || others.length < variants.length ? { nullable: true } : {}),
    ...(texts ? { enum: choices } : {}),
    ...(anyOf.length > 0 ? { anyOf } : {}),
    ...(type === 'array' ? { items: inner(schema.items) } : {}),
    ...(schema.properties ? { properties: mapValues(toSchema(schema.properties), inner) } : {}),
  };
}

/** What a reference stands for, with what stands beside it. */
function resolve(schema: Schema, defs: Schema): Schema {
  const { $ref, ...beside } = schema;
  if (typeof $ref !== 'string') return schema;
  const name = /^#\/(?:\$defs|definitions)\/([^/]+)$/.exec($ref)?.[1];
  const found = toSchema(name === undefined ? undefined : defs[name]);
  return { ...('$ref' in found ? { type: 'object' } : found), ...beside };
}

function typesOf(schema: Schema): { types: unknown[]; nullable: boolean } {
  const all = [schema.type].flat().filter((type) => type !== undefined);
  return { types: all.filter((type) => type !== 'null'), nullable: all.includes('null') };
}

const mapValues = (values: Schema, change: (value: unknown) => Schema): Schema =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));

const toSchema = (value: unknown): Schema =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
