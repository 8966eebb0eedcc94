import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './page.ts';

const FOLDERS =
  'activities api cli client config contracts providers runtime store telemetry toolchain worker workflows'.split(
    ' ',
  );
const LISTS_THEM_ALL = 'env.ts';

/** Whether the project's own code names an environment variable outside the list of all of them. */
export function isRead(variable: string): boolean {
  const pattern = new RegExp(`'${variable}'|\\.${variable}\\b`);
  return sources().some((text) => pattern.test(text));
}

let texts: string[] | undefined;

function sources(): string[] {
  texts ??= FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && path !== LISTS_THEM_ALL)
      .map((path) => readFileSync(join(ROOT, folder, path), 'utf8')),
  );
  return texts;
}
