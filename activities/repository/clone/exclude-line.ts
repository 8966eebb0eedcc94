/** A line of gitignore(5) that means exactly this path; a folder ends with a slash. */
export const excludeLine = (path: string): string => `/${path.replace(/[\\*?[\] ]/g, '\\$&')}\n`;
