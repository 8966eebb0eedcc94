/** What stands between spaces. */
export const wordsOf = (text: string): string[] => text.split(/\s+/).filter(Boolean);

export const countWords = (text: string): number => wordsOf(text).length;
