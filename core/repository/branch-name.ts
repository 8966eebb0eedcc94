/** Why a text is no name of a branch by the rules of git-check-ref-format(1), going on from it; null for one that is. */
export function branchNameProblem(name: string): string | null {
  if (name === '@' || name === 'HEAD') return 'has a meaning of its own for git; name the branch itself';
  if (name.startsWith('-')) return 'must not begin with -';
  if (name.endsWith('.')) return 'must not end with a dot';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x20\x7f~^:?*[\\]/.test(name)) {
    return 'must not have spaces, control characters or any of ~ ^ : ? * [ \\ in it';
  }
  if (name.includes('..') || name.includes('@{')) return 'must not have .. or @{ in it';
  if (!name.isWellFormed()) return 'must be whole characters';
  const parts = name.split('/');
  if (parts.includes('')) return 'must not begin or end with a slash, or have two in a row';
  if (parts.some((part) => part.startsWith('.') || part.endsWith('.lock'))) {
    return 'must not have a part that begins with a dot or ends with .lock';
  }
  return null;
}
