import { existsSync } from 'node:fs';
import { dataDir } from '../../config/data-dir.ts';
import { envIsSet, envPort } from '../../config/env.ts';
import { type TemporalTarget, temporalTarget } from '../../config/temporal-connection.ts';
import { type Addresses, readAddresses } from '../../runtime/addresses.ts';
import { isPortFree } from '../../runtime/ports.ts';
import { temporalTrouble } from '../../runtime/temporal/health.ts';
import { onPath } from '../../toolchain/run.ts';
import { cachedTemporal } from '../../toolchain/temporal.ts';
import { temporalProblem } from '../../toolchain/temporal-check.ts';
import type { Context } from '../context.ts';
import type { Check } from './check.ts';

/** The program of the Temporal server, the server that is used, and the ports. */
export async function temporalChecks(context: Context, running: boolean): Promise<Check[]> {
  const written = readAddresses(dataDir(context.globals.dataDir));
  const own = !envIsSet('TEMPORAL_ADDRESS');
  const target = own ? ownTarget(written) : temporalTarget();
  return [
    ...(own ? [await programCheck()] : []),
    await serverCheck(target, own, running),
    ...(own && !running ? await portChecks() : []),
  ];
}

/** The server that `npm start` has started, or would start. */
function ownTarget(written: Addresses | undefined): TemporalTarget {
  if (written) return { address: written.temporal_address, namespace: written.namespace };
  return { ...temporalTarget(), address: `127.0.0.1:${envPort('TEMPORAL_PORT')}` };
}

async function programCheck(): Promise<Check> {
  const name = 'Temporal program';
  const installed = await onPath('temporal');
  const problem = installed ? await temporalProblem(installed, process.env) : undefined;
  if (installed && problem === undefined) return { name, state: 'ok', detail: installed };
  const passedOver = installed ? `${installed} is ignored: ${problem}; ` : '';
  const cached = cachedTemporal();
  if (existsSync(cached)) return { name, state: 'ok', detail: `${passedOver}${cached}` };
  const detail = `${passedOver}not there yet; \`npm start\` downloads it, or builds it with Go in about 4 minutes`;
  return {
    name,
    state: 'note',
    detail,
    fix: 'npm start, or install the Temporal CLI, or set TEMPORAL_ADDRESS',
  };
}

async function serverCheck(target: TemporalTarget, own: boolean, running: boolean): Promise<Check> {
  const name = 'Temporal server';
  const trouble = await temporalTrouble(target);
  const where = `${target.address}, namespace ${target.namespace}`;
  if (trouble === undefined) return { name, state: 'ok', detail: where };
  const detail = `${where}: ${trouble.split('\n')[0]}`;
  // what the API says of its Temporal is told with the API
  if (running) return { name, state: 'note', detail: `${detail} (as seen from here)` };
  return {
    name,
    state: 'missing',
    detail,
    fix: own ? 'npm start' : 'check TEMPORAL_ADDRESS and the related variables',
  };
}

async function portChecks(): Promise<Check[]> {
  const wanted = [
    ['PORT', 'API'],
    ['TEMPORAL_PORT', 'Temporal'],
    ['TEMPORAL_UI_PORT', 'Temporal Web UI'],
  ] as const;
  return await Promise.all(
    wanted.map(async ([variable, what]): Promise<Check> => {
      const port = envPort(variable);
      const name = `Port ${port}`;
      if (await isPortFree(port, '127.0.0.1')) return { name, state: 'ok', detail: `free, for the ${what}` };
      return {
        name,
        state: 'note',
        detail: `taken; the ${what} will move to the next free one`,
        fix: `set ${variable} for another`,
      };
    }),
  );
}
