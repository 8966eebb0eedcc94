import { ANY, type FilePattern, ONE, SOME, type Token } from './file-pattern.ts';

/** Steps that patterns may still be compared for. Counted down; without any, what is not told apart yet counts as the same. */
export interface Steps {
  steps: number;
}

/** For all that is looked at for one answer: some tens of milliseconds. */
export const someSteps = (): Steps => ({ steps: 1_000_000 });

/** Steps that two patterns are compared for; of longer ones their beginnings and ends. */
const MOST_STEPS = 10_000;

/** Whether there may be a file that both name. Never false where there is one. */
export function mayMeet(a: FilePattern, b: FilePattern, left: Steps): boolean {
  left.steps -= 1;
  if (left.steps < 0) return true;
  if (!a.prefix.startsWith(b.prefix) && !b.prefix.startsWith(a.prefix)) return false;
  if (!a.suffix.endsWith(b.suffix) && !b.suffix.endsWith(a.suffix)) return false;
  // two paths: one is the other, or a folder that it is in
  if (!a.tokens && !b.tokens) return true;
  const [x, y] = [tokensOf(a), tokensOf(b)];
  const steps = x.length * y.length;
  if (steps > MOST_STEPS || steps > left.steps) return true;
  left.steps -= steps;
  return meet(x, y);
}

const tokensOf = ({ tokens, prefix }: FilePattern): Token[] => tokens ?? [...prefix, ANY];

/** Whether there is a text that both are patterns of. */
function meet(x: readonly Token[], y: readonly Token[]): boolean {
  // common[j]: whether the beginning of x so far, and the first j of y, have a text in common
  let common = [true];
  for (const [j, token] of y.entries()) common.push(common[j]! && isWild(token));
  for (const one of x) {
    const next = [common[0]! && isWild(one)];
    for (const [j, other] of y.entries()) {
      next.push(
        isWild(one)
          ? // it stands for nothing, or goes on over the other
            common[j + 1]! || (next[j]! && goesOver(one, other))
          : isWild(other)
            ? next[j]! || (common[j + 1]! && goesOver(other, one))
            : common[j]! && isSame(one, other),
      );
    }
    common = next;
  }
  return common[y.length]!;
}

const isWild = (token: Token): boolean => token === SOME || token === ANY;

const goesOver = (wild: Token, token: Token): boolean => wild === ANY || isWild(token) || token !== '/';

const isSame = (a: Token, b: Token): boolean => (a === ONE ? b !== '/' : b === ONE ? a !== '/' : a === b);
