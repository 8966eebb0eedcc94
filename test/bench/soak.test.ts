import { expect, test } from 'vitest';
import { growth, type Soak } from '../../bench/measure/soak.ts';
import { withSection } from '../../bench/sections.ts';
import { SOAK_HEADING, soakSection } from '../../bench/soak-report.ts';

const soak = (worker: number[], api: number[]): Soak => ({
  scale: { jobs: 2000, tasks: 20, at_once: 5 },
  samples: worker.map((worker_mb, index) => ({ jobs: index * 100, worker_mb, api_mb: api[index]! })),
});

test('memory that fills its caches and then stands still has not grown', () => {
  const filling = [100, 200, 300, ...Array.from({ length: 17 }, () => 300)];
  expect(growth(filling)).toBeCloseTo(0, 1);
  expect(growth(Array.from({ length: 20 }, (_, n) => 100 + n * 10))).toBeGreaterThan(0.3);
});

test('the section says of each process what it took at most, and whether that and its growth are within the aims', () => {
  const flat = Array.from({ length: 20 }, () => 190);
  const leaking = Array.from({ length: 20 }, (_, n) => 300 + n * 10);
  const section = soakSection(soak(leaking, flat));
  expect(section).toMatch(/^## Memory over 2000 jobs of 20 tasks\n/);
  expect(section).toMatch(
    /\| worker \| 300 \| 490 \| 350 \| \*\*missed\*\* \| \+\d+\.\d % \| \*\*missed\*\* \|/,
  );
  expect(section).toContain('| API | 190 | 190 | 200 | met | +0.0 % | met |');
});

test('the page keeps the section of another run, in either order', () => {
  const section = soakSection(soak([1, 2], [3, 4]));
  const page = '# Benchmarks\n\nText.\n\n## First\n\none\n\n## Last\n\ntwo\n';
  const once = withSection(SOAK_HEADING, page, section);
  expect(once.startsWith(page)).toBe(true);
  expect(once).toContain(section.trim());
  // a full run writes all but that section, and another soak nothing but it
  expect(withSection(SOAK_HEADING, '# Benchmarks\n\nNew.\n', once)).toBe(
    `# Benchmarks\n\nNew.\n\n${section.trim()}\n`,
  );
  const other = soakSection(soak([5, 6], [7, 8]));
  const twice = withSection(SOAK_HEADING, once, other);
  expect(twice).toBe(withSection(SOAK_HEADING, page, other));
  expect(withSection(SOAK_HEADING, page, page)).toBe(page);
});
