/** A row of a table. */
export type Row = Record<string, string | number | boolean>;

/** A list as a model, or a person, reads it: facts, a table, and lines of text in a fence. */
export function toMarkdown(listing: {
  title: string;
  rows: readonly Row[];
  facts?: Record<string, unknown>;
  next?: string;
  lines?: readonly string[];
}): string {
  const { title, rows, facts = {}, next, lines } = listing;
  const parts = [
    `## ${title}`,
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${JSON.stringify(value)}`),
    rows.length === 0 ? 'None.' : table(rows),
    ...(lines ? [['```text', ...lines.map(oneLine), '```'].join('\n')] : []),
    ...(next ? [`More: task_list {"view":"tasks","after":"${next}"}`] : []),
  ];
  return parts.join('\n\n');
}

function table(rows: readonly Row[]): string {
  const names = Object.keys(rows[0]!);
  const lines = rows.map((row) => `| ${names.map((name) => cell(row[name])).join(' | ')} |`);
  return [`| ${names.join(' | ')} |`, `|${names.map(() => '---|').join('')}`, ...lines].join('\n');
}

const cell = (value: Row[string] | undefined): string => oneLine(String(value ?? '')).replaceAll('|', '\\|');

/** A fence can't be closed from within. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('```', "'''").trim();
