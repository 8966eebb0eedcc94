import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds by file, of those that take long; `npm run test:durations` writes it anew. */
const written: Record<string, number> = JSON.parse(
  readFileSync(new URL('durations.json', import.meta.url), 'utf8'),
);

/** The longest files start first, so that none is left over at the end: as they took here last, or as is written. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const seconds = new Map(files.map((file) => [file, this.#secondsOf(file)]));
    return files.toSorted((a, b) => seconds.get(b)! - seconds.get(a)!);
  }

  #secondsOf(file: TestSpecification): number {
    const last = this.ctx.cache.getTestSpecificationResult(file)?.duration;
    return last ? last / 1000 : (written[relative(this.ctx.config.root, file.moduleId)] ?? 0);
  }
}
