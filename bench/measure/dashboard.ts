import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Api } from '../api.ts';
import { layered } from '../plans.ts';
import { SLEEP } from '../product/instant-agent.ts';

/** How the page of a job with many tasks does in a browser. */
export interface DashboardFigures {
  tasks: number;
  /** from the end of the answer with the status until its tasks are drawn, in milliseconds, a load each */
  picture_ms: number[];
  /** frames drawn in each whole second while the job ran */
  frames: number[];
  /** from the time in the event that a task is completed until its box shows it, in milliseconds */
  shown_ms: number[];
}

const LOADS = 5;

/** What the page notes of itself: when its boxes came, its frames, and when each turned to the colour of success. */
const PROBE = `
  window.probe = { picture: null, frames: [], good: {} };
  const frame = (at) => { window.probe.frames.push(at); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  new MutationObserver((changes) => {
    if (window.probe.picture === null && document.querySelector('.react-flow__node button')) {
      window.probe.picture = -1;
      requestAnimationFrame(() => setTimeout(() => { window.probe.picture = performance.now(); }));
    }
    for (const { type, target } of changes) {
      if (type !== 'attributes' || target.dataset.tone !== 'good') continue;
      const id = target.closest('[data-id]')?.dataset.id;
      if (id) window.probe.good[id] ??= Date.now();
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-tone'] });
`;

interface Probe {
  picture: number;
  frames: number[];
  good: Record<string, number>;
  answered: number;
}

/** The system's Chromium; undefined where there is none. */
export const findChromium = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((path) => existsSync(path));

/** Loads the page of a job of many tasks some times, then watches it run in one. */
export async function measureDashboard(
  api: Api,
  url: string,
  executablePath: string,
  tasks: number,
): Promise<DashboardFigures> {
  const job_id = await api.submit(layered(tasks, SLEEP), 20);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, bypassCSP: true });
    await page.addInitScript(PROBE);
    const read = () =>
      page.evaluate(`({ ...window.probe, answered: performance.getEntriesByType('resource')
        .find(({ name }) => name.endsWith('/status'))?.responseEnd ?? 0 })`) as Promise<Probe>;
    const picture_ms: number[] = [];
    for (let load = 0; load < LOADS; load += 1) {
      await page.goto(`${url}/ui/jobs/${job_id}`);
      await page.waitForFunction('window.probe.picture > 0');
      const { picture, answered } = await read();
      picture_ms.push(picture - answered);
    }
    await page.evaluate('window.probe.frames = []');
    await api.command(job_id, 'approve');
    await api.completed(job_id);
    const { frames, good } = await read();
    const events = await api.events(job_id);
    const shown_ms = events.flatMap(({ type, task_id, at }) =>
      type === 'task.completed' && task_id && good[task_id] ? [good[task_id] - Date.parse(at)] : [],
    );
    return { tasks, picture_ms, frames: perSecond(frames), shown_ms };
  } finally {
    await browser.close();
  }
}

function perSecond(frames: readonly number[]): number[] {
  const first = frames[0] ?? 0;
  const seconds = Math.floor(((frames.at(-1) ?? 0) - first) / 1000);
  const counts = Array.from({ length: seconds }, () => 0);
  for (const at of frames) {
    const second = Math.floor((at - first) / 1000);
    if (second < seconds) counts[second]! += 1;
  }
  return counts;
}
