/**
 * The stream, ended as soon as `isInForce` says no. It is asked every `every_ms` milliseconds, whether the stream is
 * quiet, busy or not being read.
 */
export function whileInForce(
  body: ReadableStream<Uint8Array>,
  isInForce: () => Promise<boolean>,
  every_ms: number,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const timer = setInterval(async () => {
    if (!(await isInForce())) await reader.cancel().catch(() => {});
  }, every_ms);
  timer.unref();
  return passedOn(reader, () => clearInterval(timer));
}

/** The stream as it is; `onEnd` is called once it has ended, or nobody reads it any more. */
export const untilEnd = (body: ReadableStream<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> =>
  passedOn(body.getReader(), onEnd);

function passedOn(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  reader.closed.then(onEnd, onEnd);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
