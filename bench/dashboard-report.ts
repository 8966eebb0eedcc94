import { AIMS, met } from './aims.ts';
import type { DashboardFigures } from './measure/dashboard.ts';
import { median, percentile } from './statistics.ts';

/** The section of the page about the dashboard; says so where no browser was there to measure it. */
export function dashboardSection(figures: DashboardFigures | undefined): string {
  if (figures === undefined) return '## The dashboard\n\nNot measured: there was no Chromium.\n';
  const { tasks, picture_ms, frames, shown_ms } = figures;
  const slowest = Math.max(...picture_ms);
  const fewest = Math.min(...frames);
  const middle = median(shown_ms);
  const p99 = percentile(shown_ms, 99);
  return `## The dashboard

| a job of ${tasks} tasks in Chromium | median | worst | aim | | n |
|---|---|---|---|---|---|
| status answered, until its tasks are drawn, ms | ${median(picture_ms).toFixed(0)} | ${slowest.toFixed(0)} | ${AIMS.picture_ms} | ${met(slowest <= AIMS.picture_ms)} | ${picture_ms.length} |
| frames in each second while it runs | ${median(frames)} | ${fewest} | ${AIMS.frames} | ${met(fewest >= AIMS.frames)} | ${frames.length} |
| task completed, until its box shows it, ms (worst: p99) | ${middle.toFixed(0)} | ${p99.toFixed(0)} | ${AIMS.shown_ms.p50}, ${AIMS.shown_ms.p99} | ${met(middle <= AIMS.shown_ms.p50)}, ${met(p99 <= AIMS.shown_ms.p99)} | ${shown_ms.length} |

Tasks of 0.2 to 1 s in ten layers, 20 at once, in a window of 1280 by 800 that shows all of them. Browser, API, worker and Temporal share the machine, and Chromium draws without a graphics card. The time until a box shows it begins with the time that stands in the event.
`;
}
