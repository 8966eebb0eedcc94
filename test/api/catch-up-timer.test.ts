import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CatchUpTimer, createCatchUpTimer } from '../../api/events/catch-up-timer.ts';

let timer: CatchUpTimer;
let looks = 0;
beforeEach(() => {
  vi.useFakeTimers();
  looks = 0;
  timer = createCatchUpTimer(() => {
    looks += 1;
  });
});
afterEach(() => {
  timer.end();
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTime(milliseconds);

test('where nothing is about to follow, it looks at once', () => {
  timer.notified({});
  pass(0);
  expect(looks).toBe(1);
  pass(10_000);
  expect(looks).toBe(1);
});

test('what comes by itself is not looked for, unless it does not come', () => {
  timer.notified({ soon: true });
  pass(30);
  timer.received(false);
  pass(10_000);
  expect(looks).toBe(0);
  timer.notified({ soon: true });
  pass(200);
  expect(looks).toBe(1);
});

test('where there is one ring after another, what came keeps it from looking for the rest', () => {
  for (let n = 0; n < 8; n += 1) {
    timer.notified({ soon: true });
    pass(20);
    timer.received(false);
  }
  for (let n = 0; n < 50; n += 1) {
    timer.notified({});
    pass(20);
    timer.received(true);
  }
  expect(looks).toBe(0);
  pass(40);
  expect(looks).toBe(1);
});

test('many rings of which nothing comes do not put it off for ever', () => {
  for (let n = 0; n < 100; n += 1) {
    timer.notified({ soon: true });
    pass(20);
  }
  expect(looks).toBeGreaterThanOrEqual(9);
});

test('it looks no more once it has ended', () => {
  timer.notified({ soon: true });
  timer.end();
  pass(10_000);
  expect(looks).toBe(0);
});
