import { visible } from '../../../contracts/hidden-text.ts';

/** A name in one line: what hides in it is shown by its number, and so are the ends of lines and tabs that names may have. */
export const visibleName = (name: string): string =>
  visible(name).replace(
    /[\t\n\r]/g,
    (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );

/** The beginning of a commit's hash, as people write it. */
export const shortSha = (sha: string): string => sha.slice(0, 10);
