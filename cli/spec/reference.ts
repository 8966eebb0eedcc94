import { resolve } from 'node:path';
import { EXAMPLES, INTRODUCTION } from './examples.ts';
import { type JsonSchema, specJsonSchema } from './schema.ts';
import { typeWords } from './words.ts';

/** Where the page stands. */
export const SPEC_REFERENCE_FILE = resolve(import.meta.dirname, '../../docs/spec-reference.md');

/** An object of the format, by the path at which it first stands. */
interface Section {
  path: string;
  schema: JsonSchema;
}

/** The reference of the fields of a submission, as Markdown. */
export function specReference(schema = specJsonSchema()): string {
  const sections = sectionsOf(schema);
  const bodies = sections.map(({ path, schema: object }) => [
    `## ${titleOf(path)}`,
    fieldTable(object, path),
    ...(EXAMPLES[path] ? [`\`\`\`yaml\n${EXAMPLES[path].trim()}\n\`\`\``] : []),
  ]);
  return `${[INTRODUCTION.trim(), ...bodies.flat()].join('\n\n')}\n`;

  function fieldTable(object: JsonSchema, path: string): string {
    const rows = Object.entries(object.properties ?? {}).map(([name, field]) => {
      const target = field.$ref ? named(field.$ref).schema : undefined;
      const type = typeWords(isObject(field) ? { $ref: `#${join(path, name)}` } : field, named);
      const missing = object.required?.includes(name) ? 'required' : '';
      const usual = field.default === undefined ? missing : `\`${JSON.stringify(field.default)}\``;
      return [`\`${name}\``, type, usual, field.description ?? target?.description ?? ''];
    });
    const cells = [['field', 'type', 'default', 'meaning'], ['---', '---', '---', '---'], ...rows];
    return cells.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
  }

  /** What a reference names: a schema by its id, or as `#path` an object that has none. */
  function named(ref: string): { schema: JsonSchema; words?: string } {
    const found = schema.$defs?.[ref.replace('#/$defs/', '')];
    const section = sections.find((one) => (found ? objectIn(found) === one.schema : `#${one.path}` === ref));
    const target = found ?? section!.schema;
    if (!section || target.anyOf) return { schema: found?.anyOf ? withLinks(found, section) : target };
    return { schema: target, words: linkTo(section.path) };
  }

  function withLinks(choice: JsonSchema, section: Section | undefined): JsonSchema {
    const anyOf = choice.anyOf!.map((form) =>
      isObject(form) && section ? { $ref: `#${section.path}` } : form,
    );
    return { ...choice, anyOf };
  }
}

/** Every object of the format that has fields, in the order in which it is first named. */
function sectionsOf(root: JsonSchema): Section[] {
  const sections: Section[] = [];
  const visit = (given: JsonSchema, path: string): void => {
    const schema = given.$ref ? root.$defs![given.$ref.replace('#/$defs/', '')]! : given;
    for (const form of schema.anyOf ?? []) visit(form, path);
    if (schema.items) visit(schema.items, `${path}[]`);
    if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties, `${path}.NAME`);
    if (!isObject(schema) || sections.some((known) => known.schema === schema)) return;
    sections.push({ path, schema });
    for (const [name, field] of Object.entries(schema.properties!)) visit(field, join(path, name));
  };
  visit(root, '');
  return sections;
}

const isObject = ({ properties }: JsonSchema): boolean => properties !== undefined;

const objectIn = (schema: JsonSchema): JsonSchema | undefined =>
  isObject(schema) ? schema : schema.anyOf?.find(isObject);

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const titleOf = (path: string): string => (path === '' ? 'Fields of a spec' : `\`${path}\``);

/** GitHub's anchor of a heading: lower case, without signs. */
const linkTo = (path: string): string =>
  `[${path}](#${titleOf(path)
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')})`;
