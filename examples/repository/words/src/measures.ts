import { countCharacters } from './characters.ts';
import { countLines } from './lines.ts';
import { countWords } from './words.ts';

/** What is told of a text, by name. */
export const measures: Record<string, (text: string) => number> = {
  characters: countCharacters,
  lines: countLines,
  words: countWords,
};
