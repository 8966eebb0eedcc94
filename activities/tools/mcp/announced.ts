/**
 * How the structured content of an answer differs from what its tool announced; null where it does not, as far as the
 * first level shows. No more is looked at: a schema of a server that lies can keep a validator busy for ever.
 */
export function differsFrom(output_schema: unknown, structured: unknown): string | null {
  if (!isObject(output_schema)) return null;
  if (structured === undefined || structured === null) return '`structuredContent` is missing';
  if (!isObject(structured)) return '`structuredContent` is not an object';
  const required = Array.isArray(output_schema.required) ? output_schema.required : [];
  const missing = required.find((name) => typeof name === 'string' && !Object.hasOwn(structured, name));
  if (missing !== undefined)
    return `\`${String(missing).slice(0, 100)}\` is missing in \`structuredContent\``;
  const properties = isObject(output_schema.properties) ? output_schema.properties : {};
  for (const [name, value] of Object.entries(structured)) {
    const announced = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const types = isObject(announced) && announced.type !== undefined ? [announced.type].flat() : [];
    if (types.length === 0 || types.some((type) => isOfType(value, type))) continue;
    return `\`${name.slice(0, 100)}\` in \`structuredContent\` is not ${types.map(String).join(' or ').slice(0, 100)}`;
  }
  return null;
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'null':
      return value === null;
    case 'string':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return true;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
