/**
 * Calls a function at once, and at most once in so many milliseconds after that: what was asked for in between is done
 * at their end, once. A function tells the time anew for each pause.
 */
export function throttle(milliseconds: number | (() => number), call: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const run = () => {
    again = false;
    call();
    timer = setTimeout(
      () => {
        timer = undefined;
        if (again) run();
      },
      typeof milliseconds === 'number' ? milliseconds : milliseconds(),
    );
  };
  return () => {
    if (timer === undefined) run();
    else again = true;
  };
}
