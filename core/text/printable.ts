/**
 * A name that anybody may have chosen, of a file for one, on one line and with all that is in it to be seen: control
 * and format characters are written as `\u{202e}`.
 */
export const printable = (name: string): string =>
  name.replace(/[\p{C}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
