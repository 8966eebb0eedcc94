import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds by file, as they once were: for a machine that has not run them yet, and good enough if they are near. */
const usual: Record<string, number> = JSON.parse(
  readFileSync(new URL('durations.json', import.meta.url), 'utf8'),
);

/** What nobody has seen yet may be long. */
const UNKNOWN_SECONDS = 30;

/**
 * One project after the other, since a process that has run files of one is given up for a file of another; in each the
 * longest files first, so that none of them is left over at the end.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { projects } = this.ctx;
    const seconds = new Map(files.map((file) => [file, this.#secondsOf(file)]));
    return files.toSorted(
      (a, b) =>
        projects.indexOf(a.project) - projects.indexOf(b.project) || seconds.get(b)! - seconds.get(a)!,
    );
  }

  /** As the last run here took, else as is usual. */
  #secondsOf(file: TestSpecification): number {
    const last = this.ctx.cache.getTestSpecificationResult(file)?.duration;
    if (last) return last / 1000;
    return usual[relative(this.ctx.config.root, file.moduleId)] ?? UNKNOWN_SECONDS;
  }
}
