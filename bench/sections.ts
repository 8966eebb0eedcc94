/**
 * The page with the section that another page has, or is, in place of its own; the page as it is where that has none.
 * @param heading how the section begins, `## ...`
 */
export function withSection(heading: string, page: string, other: string): string {
  const [rest, section] = [parted(heading, page).rest, parted(heading, other).section];
  return section === '' ? page : `${rest.trimEnd()}\n\n${section.trimEnd()}\n`;
}

/** A page without the section, and that: from its heading to the next. */
function parted(heading: string, page: string): { rest: string; section: string } {
  const from = page.indexOf(heading);
  if (from === -1) return { rest: page, section: '' };
  const next = page.indexOf('\n## ', from);
  const to = next === -1 ? page.length : next + 1;
  return { rest: page.slice(0, from) + page.slice(to), section: page.slice(from, to) };
}
