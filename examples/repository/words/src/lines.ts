/** What does not end with a line end has one line more than it has line ends. */
export const countLines = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
