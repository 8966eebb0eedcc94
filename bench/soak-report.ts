import { AIMS, reached } from './aims.ts';
import { growth, type Soak } from './measure/soak.ts';
import { table } from './table.ts';

export const SOAK_HEADING = '## Memory over';

/** The section of the page about memory over many jobs. */
export function soakSection(soak: Soak): string {
  const { scale, samples } = soak;
  const worker = samples.map(({ worker_mb }) => worker_mb);
  const api = samples.map(({ api_mb }) => api_mb);
  const row = (name: string, values: number[], aim: number) => {
    const most = Math.max(...values);
    const grown = growth(values);
    return [
      name,
      String(values[0]),
      String(most),
      String(aim),
      reached(most, aim),
      `${grown < 0 ? '' : '+'}${(grown * 100).toFixed(1)} %`,
      reached(grown, AIMS.growth),
    ];
  };
  return `${SOAK_HEADING} ${scale.jobs} jobs of ${scale.tasks} tasks

${table(
  ['MB', 'before', 'most', 'aim', '', 'last quarter over the second', `aim ${AIMS.growth * 100} %`],
  [row('worker', worker, AIMS.worker_mb), row('API', api, AIMS.api_mb)],
)}

${table(
  ['jobs that have ended', ...samples.map(({ jobs }) => String(jobs))],
  [
    ['worker', ...worker.map(String)],
    ['API', ...api.map(String)],
  ],
)}

Resident memory of the processes, ${scale.at_once} jobs at a time, each submitted, approved and followed to its end by one client. Written by \`npm run bench -- --soak\`.
`;
}
