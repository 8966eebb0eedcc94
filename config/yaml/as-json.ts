import type { Document } from 'yaml';
import { ANY_ALIASES } from './yaml.ts';

declare global {
  interface JSON {
    /** A number with the digits that `text` has, for JSON.stringify. Node has it; TypeScript does not know it yet. */
    rawJSON(text: string): object;
  }
}

/**
 * A document without errors that was read with `intAsBigInt`, as JSON text; `{}` for an empty one. Whole numbers keep
 * their digits: whoever reads the text says which of them would be rounded.
 */
export const yamlAsJson = (document: Document): string =>
  JSON.stringify(document.toJS(ANY_ALIASES) ?? {}, (_name, value: unknown) =>
    typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value,
  );
