import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** The system's Chromium; undefined where there is none. */
export const CHROMIUM = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

/** Where pictures for the README go, when they are asked for. */
const IMAGES = process.env.ORCHESTRATOR_SCREENSHOTS
  ? join(import.meta.dirname, '../../docs/images')
  : undefined;

/** A browser in a test; its pages must not make mistakes. */
export interface TestBrowser {
  context: BrowserContext;
  page: Page;
  /** what pages complained about: errors of scripts, refusals of the Content-Security-Policy */
  complaints: string[];
  close(): Promise<void>;
}

/** Starts the system's Chromium with one page. */
export async function startBrowser(options: { width?: number; height?: number } = {}): Promise<TestBrowser> {
  const { width = 1280, height = 800 } = options;
  // as root, and in containers, Chromium has no sandbox of its own
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // that an answer was 4xx, or nothing answered, is part of some stories
    if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text()))
      complaints.push(message.text());
  });
  return { context, page, complaints, close: () => browser.close() };
}

/** Expects that axe finds nothing serious on the page as it is, in the scheme of colours that is given. */
export async function expectAccessible(page: Page, scheme: 'light' | 'dark' = 'light'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme });
  // colours on their way from one scheme to the other are nobody's choice
  await page.locator(`html[data-mantine-color-scheme=${scheme}]`).waitFor({ state: 'attached' });
  await page.evaluate(
    'Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map(({ finished }) => finished)).then(() => {})',
  );
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = serious.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
  expect(told, `${page.url()} in ${scheme}`).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Keeps a picture of the page as it is, when `ORCHESTRATOR_SCREENSHOTS` is set: docs/images. */
export async function picture(page: Page, name: string): Promise<void> {
  if (IMAGES === undefined) return;
  mkdirSync(IMAGES, { recursive: true });
  await page.screenshot({ path: join(IMAGES, `${name}.png`), animations: 'disabled' });
}
