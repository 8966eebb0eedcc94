import type { JobListFigures } from './measure/job-list.ts';
import { percentile } from './statistics.ts';

/** What any page of the list shall take, in ms. */
const AIM_P99_MS = 100;

/** The section of the page about the list of jobs. */
export function listSection(figures: readonly JobListFigures[]): string {
  const [{ open, closed } = { open: 0, closed: 0 }] = figures;
  const rows = figures.flatMap(({ database, pages }) =>
    pages.map(({ name, ms }) => {
      const p99 = percentile(ms, 99);
      const met = p99 <= AIM_P99_MS ? 'met' : '**missed**';
      return `| ${database}, ${name} | ${percentile(ms, 50).toFixed(1)} | ${p99.toFixed(1)} | p99 < ${AIM_P99_MS} | ${met} | ${ms.length} |`;
    }),
  );
  return `## The list of jobs

| ms, a page of 50 | p50 | p99 | aim | | n |
|---|---|---|---|---|---|
${rows.join('\n')}

Over HTTP, from one client, with ${open.toLocaleString('en')} open and ${closed.toLocaleString('en')} closed jobs of 20 owners; an API process of its own, and no Temporal, which the list does not ask. A page is one statement that reads an index. A search reads titles from the newest on until its page is full: a word that is in few titles is looked for in all of them.
`;
}
