import { readFileSync, writeFileSync } from 'node:fs';

/** Replaces what stands in a file once. The file is named from the folder that the task works in. */
export function replace(file: string, before: string, after: string): void {
  const text = readFileSync(file, 'utf8');
  if (text.split(before).length !== 2) throw new Error(`${file} does not have this once: ${before}`);
  writeFileSync(
    file,
    text.replace(before, () => after),
  );
}

/** Writes new files, by their names. */
export function write(files: Record<string, string>): void {
  for (const [file, text] of Object.entries(files)) writeFileSync(file, text, { flag: 'wx' });
}
