import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../api.ts';
import type { Scale } from '../scale.ts';

const PAUSE_MS = 20;

/**
 * How long tasks that wait for an agent go on waiting once one registers: from sending the registration until the agent
 * has the brief, in milliseconds. One job after the other, each with a skill of its own, and agents over HTTP.
 */
export async function measureLateAgents(api: Api, scale: Scale): Promise<number[]> {
  const arrivals = new Map<string, number>();
  const agent = createServer((request, response) => {
    arrivals.set(request.url!.slice(1), performance.now());
    request.resume();
    response.setHeader('content-type', 'application/json').end('{"output": "done"}');
  });
  const base = await listen(agent);
  const delays: number[] = [];
  try {
    for (let n = 0; n < scale.late_agents; n += 1) {
      const skill = `late-${n}`;
      const job = await api.submit([taskFor(skill)], 1);
      await api.command(job, 'approve');
      // the job is idle once its one task waits
      while ((await api.status(job)).tasks[0]?.status !== 'blocked') await sleep(PAUSE_MS);
      const began = performance.now();
      await api.register({
        agent_id: skill,
        agent_name: skill,
        base_url: `${base}/${skill}`,
        capabilities: [{ name: skill }],
      });
      await api.completed(job);
      delays.push(arrivals.get(skill)! - began);
    }
    return delays;
  } finally {
    agent.close();
    agent.closeAllConnections();
  }
}

const taskFor = (skill: string) => ({
  ...{ task_id: 'only', title: 'Only', capabilities: [skill] },
  ...{ depends_on: [], estimated_seconds: 1 },
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
