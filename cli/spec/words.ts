import type { JsonSchema } from './schema.ts';

/** Above it, a number is bounded by nothing but what can be kept. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;

/**
 * What a value may be, in words of Markdown.
 * @param named the schema that a reference names, and words for an object that has a section of its own
 */
export function typeWords(
  schema: JsonSchema,
  named: (ref: string) => { schema: JsonSchema; words?: string },
): string {
  if (schema.$ref) {
    const { schema: target, words } = named(schema.$ref);
    return words ?? typeWords(target, named);
  }
  if (schema.enum) return anyOf(schema.enum.map((value) => `\`${value}\``));
  if (schema.anyOf) return anyOf(formsOf(schema).map((form) => typeWords(form, named)));
  switch (schema.type) {
    case 'string':
      return [
        schema.pattern ? `text like \`${schema.pattern}\`` : 'text',
        lengthOf(schema.minLength, schema.maxLength, 'characters'),
      ]
        .filter(Boolean)
        .join(', ');
    case 'integer':
    case 'number':
      return [schema.type === 'integer' ? 'whole number' : 'number', boundsOf(schema)]
        .filter(Boolean)
        .join(', ');
    case 'boolean':
      return '`true` or `false`';
    case 'null':
      return '`null`';
    case 'array': {
      const items = schema.items ? `list; each: ${typeWords(schema.items, named)}` : 'list';
      const length = lengthOf(schema.minItems, schema.maxItems, 'entries');
      return length ? items.replace(/^list/, `list, ${length}`) : items;
    }
    case 'object':
      return typeof schema.additionalProperties === 'object'
        ? `map; each value: ${typeWords(schema.additionalProperties, named)}`
        : 'object';
    default:
      return 'anything';
  }
}

/** The forms of a value, those of nested choices included. */
const formsOf = (schema: JsonSchema): JsonSchema[] => schema.anyOf?.flatMap(formsOf) ?? [schema];

function anyOf(words: readonly string[]): string {
  const all = [...new Set(words)];
  if (all.length < 2) return all.join('');
  // commas within one of them would be taken for those between them
  const comma = all.some((one) => one.includes(', ')) ? '; ' : ', ';
  const last = all.pop()!;
  return `${all.join(comma)}${comma === '; ' ? '; or ' : ' or '}${last}`;
}

function lengthOf(min = 0, max: number | undefined, of: string): string {
  if (max === undefined) return min > 0 ? 'not empty' : '';
  return min > 0 ? `${shown(min)} to ${shown(max)} ${of}` : `at most ${shown(max)} ${of}`;
}

function boundsOf({ minimum, maximum = NO_BOUND, exclusiveMinimum }: JsonSchema): string {
  const most = maximum < NO_BOUND ? shown(maximum) : null;
  if (minimum !== undefined && most) return `${shown(minimum)} to ${most}`;
  const least = minimum === undefined ? '' : `at least ${shown(minimum)}`;
  const above = exclusiveMinimum === undefined ? least : `above ${shown(exclusiveMinimum)}`;
  return [above, most ? `at most ${most}` : ''].filter(Boolean).join(', ');
}

const shown = (value: number): string => value.toLocaleString('en-US');
