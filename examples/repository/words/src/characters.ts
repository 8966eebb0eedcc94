export const countCharacters = (text: string): number => [...text].length;
