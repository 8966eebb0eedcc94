/**
 * A process of its own for the tests: `node writer.ts ACTION JSON`. Opens the store of the JSON's `options`,
 * does the action, prints a line.
 */
import { Readable } from 'node:stream';
import { openStore } from '../../store/index.ts';
import { eventsOf } from './samples.ts';

interface Order {
  options: Parameters<typeof openStore>[0];
  job_id: string;
  batches: number;
}

const [, , action, json] = process.argv;
const order = JSON.parse(json ?? '') as Order;
const store = await openStore(order.options);
if (action === 'append') {
  for (let batch = 0; batch < order.batches; batch++) {
    await store.appendEvents('ann', eventsOf(order.job_id, batch * 2 + 1, batch * 2 + 2));
  }
  await store.close();
  console.log('done');
}
if (action === 'put') {
  // A source that begins and never ends: the test kills this process in the middle of it.
  const source = new Readable({ read() {} });
  source.push(Buffer.alloc(300_000, 'x'));
  setInterval(() => source.push(Buffer.alloc(1000, 'y')), 10);
  setTimeout(() => console.log('writing'), 50);
  await store.putContent({ job_id: order.job_id, source });
}
