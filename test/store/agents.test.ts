import { expect, test } from 'vitest';
import { AgentRegistration } from '../../contracts/registry.ts';
import { onBothDatabases } from './databases.ts';

const agentOf = (agent_id: string, rest: object = {}) =>
  AgentRegistration.parse({ agent_id, agent_name: agent_id, base_url: 'http://127.0.0.1:1/', ...rest });
const soon = () => new Date(Date.now() + 60_000).toISOString();

onBothDatabases((place, store) => {
  const silence = (agent_id: string, seconds: number) =>
    place().query(
      `update agents set heartbeat_at = '${new Date(Date.now() - seconds * 1000).toISOString()}' where agent_id = '${agent_id}'`,
    );

  test('an agent is registered for its owner, and again with what it says now', async () => {
    const capabilities = [{ name: 'translate', tags: ['french'], parameters: { to: 'fr' } }];
    const first = await store().registerAgent('amy', agentOf('t1', { capabilities, domain: 'text' }));
    expect(first).toMatchObject({ before: 'new', agent: { health: 'online', load: 0, domain: 'text' } });
    const second = await store().registerAgent('amy', agentOf('t1', { sla_seconds: 5 }));
    expect(second).toMatchObject({ before: 'online', agent: { sla_seconds: 5, domain: null } });
    expect(await store().listAgents('bob')).toEqual([]);
    expect(await store().beatAgent('bob', 't1')).toBeNull();
    expect(await store().removeAgent('bob', 't1')).toBe(false);
    expect(await store().removeAgent('amy', 't1')).toBe(true);
    expect(await store().listAgents('amy')).toEqual([]);
  });

  test('a task queue belongs to the owner who first registers an agent on it, until none of theirs is on it', async () => {
    const onQueue = (agent_id: string) => agentOf(agent_id, { base_url: undefined, task_queue: 'bobs' });
    const taken = { problem: { code: 'conflict', fields: [{ path: 'task_queue' }] } };
    await store().registerAgent('bob', onQueue('b1'));
    await store().registerAgent('bob', onQueue('b2'));
    await store().registerAgent('amy', agentOf('mover'));
    for (const agent_id of ['a1', 'b1', 'mover']) {
      await expect(store().registerAgent('amy', onQueue(agent_id))).rejects.toMatchObject(taken);
    }
    expect(await store().listAgents('amy')).toMatchObject([{ agent_id: 'mover', task_queue: null }]);
    expect(await store().registerAgent('bob', onQueue('b1'))).toMatchObject({ before: 'online' });
    await store().removeAgent('bob', 'b1');
    await expect(store().registerAgent('amy', onQueue('a1'))).rejects.toMatchObject(taken);
    await store().removeAgent('bob', 'b2');
    await store().registerAgent('amy', onQueue('a1'));
    await expect(store().registerAgent('bob', onQueue('b1'))).rejects.toMatchObject(taken);
    await store().removeAgent('amy', 'a1');
    await store().removeAgent('amy', 'mover');
  });

  test('of those that register on a free queue at once, one owner has it', async () => {
    const other = await place().open();
    const owners = Array.from({ length: 8 }, (_, index) => `owner-${index}`);
    const tried = await Promise.allSettled(
      owners.map((owner, index) =>
        (index % 2 ? other : store()).registerAgent(
          owner,
          agentOf('raced', { base_url: undefined, task_queue: 'raced' }),
        ),
      ),
    );
    expect(tried.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const owner of owners) await store().removeAgent(owner, 'raced');
    await other.close();
  });

  test('an agent that is silent for a minute is offline, until it is heard of', async () => {
    await store().registerAgent('amy', agentOf('quiet'));
    await silence('quiet', 59);
    expect((await store().listAgents('amy'))[0]?.health).toBe('online');
    await silence('quiet', 60);
    expect((await store().listAgents('amy'))[0]?.health).toBe('offline');
    const lease = { lease_id: 'q', owner: 'amy', agent_id: 'quiet', expires_at: soon() };
    expect(await store().takeAgentLease(lease)).toBe(false);
    expect(await store().beatAgent('amy', 'quiet')).toMatchObject({
      before: 'offline',
      agent: { health: 'online' },
    });
    expect(await store().takeAgentLease(lease)).toBe(true);
    await store().removeAgent('amy', 'quiet');
  });

  test('two that take the last places at once do not both get them', async () => {
    await store().registerAgent('amy', agentOf('small', { max_concurrency: 3 }));
    const other = await place().open();
    const take = (index: number) =>
      (index % 2 ? other : store()).takeAgentLease({
        lease_id: `l${index}`,
        owner: 'amy',
        agent_id: 'small',
        expires_at: soon(),
      });
    const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => take(index)));
    expect(taken.filter(Boolean)).toHaveLength(3);
    expect((await store().listAgents('amy'))[0]?.load).toBe(3);
    const first = taken.indexOf(true);
    expect(await take(first)).toBe(true);
    await store().returnAgentLease({
      lease_id: `l${first}`,
      owner: 'amy',
      agent_id: 'small',
      refused: false,
    });
    expect((await store().listAgents('amy'))[0]?.load).toBe(2);
    expect(await take(100)).toBe(true);
    await store().removeAgent('amy', 'small');
    await other.close();
  });

  test('however many jobs come and go at once, an agent never has more than it takes', async () => {
    await store().registerAgent('amy', agentOf('shared', { max_concurrency: 2 }));
    const others = [await place().open(), await place().open()];
    const stores = [store(), ...others];
    let held = 0;
    let most = 0;
    let got = 0;
    const job = async (index: number) => {
      const own = stores[index % stores.length]!;
      for (let round = 0; round < 12; round += 1) {
        const lease = { lease_id: `j${index}/${round}`, owner: 'amy', agent_id: 'shared' };
        // a worker that was lost takes its lease once more
        const tries = await Promise.all(
          [1, 2].map(() => own.takeAgentLease({ ...lease, expires_at: soon() })),
        );
        if (!tries.some(Boolean)) continue;
        got += 1;
        held += 1;
        most = Math.max(most, held);
        expect((await own.listAgents('amy'))[0]!.load).toBeLessThanOrEqual(2);
        // from here on others may have the place
        held -= 1;
        await own.returnAgentLease({ ...lease, refused: false });
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, index) => job(index)));
    for (const other of others) await other.close();
    // whether two have it at the same moment is chance; more never do
    expect(most).toBeLessThanOrEqual(2);
    expect(got).toBeGreaterThan(10);
    expect((await store().listAgents('amy'))[0]?.load).toBe(0);
    await store().removeAgent('amy', 'shared');
  });

  test('a lease that nobody gave back ends by itself', async () => {
    await store().registerAgent('amy', agentOf('one', { max_concurrency: 1 }));
    const lease = { owner: 'amy', agent_id: 'one' };
    const past = new Date(Date.now() - 1).toISOString();
    expect(await store().takeAgentLease({ ...lease, lease_id: 'old', expires_at: past })).toBe(true);
    expect((await store().listAgents('amy'))[0]?.load).toBe(0);
    expect(await store().takeAgentLease({ ...lease, lease_id: 'new', expires_at: soon() })).toBe(true);
    expect(await store().takeAgentLease({ ...lease, lease_id: 'third', expires_at: soon() })).toBe(false);
    await store().removeAgent('amy', 'one');
  });

  test('an agent that refused a task is left alone for a while, unless it registers anew', async () => {
    await store().registerAgent('amy', agentOf('shy'));
    const lease = { lease_id: 's', owner: 'amy', agent_id: 'shy' };
    await store().takeAgentLease({ ...lease, expires_at: soon() });
    await store().returnAgentLease({ ...lease, refused: true });
    expect((await store().beatAgent('amy', 'shy'))?.agent.health).toBe('offline');
    expect(await store().registerAgent('amy', agentOf('shy'))).toMatchObject({
      before: 'offline',
      agent: { health: 'online' },
    });
    await store().returnAgentLease({ ...lease, refused: true });
    const longAgo = new Date(Date.now() - 6000).toISOString();
    await place().query(`update agents set unavailable_at = '${longAgo}' where agent_id = 'shy'`);
    expect((await store().beatAgent('amy', 'shy'))?.agent.health).toBe('online');
    await store().removeAgent('amy', 'shy');
  });

  test('waiting tasks stand in line; each is told of by one only, and again when it waits anew', async () => {
    const task = { job_id: 'j1', task_id: 'a', owner: 'amy', agent: null, capabilities: ['x'] };
    const later = { ...task, task_id: 'b' };
    await store().addWaiting(task);
    await store().addWaiting(later);
    expect(await store().waitingOwners()).toEqual(['amy']);
    expect(await store().listWaiting('amy')).toEqual([task, later]);
    expect(await store().listWaiting('bob')).toEqual([]);
    const claims = await Promise.all([1, 2, 3].map(() => store().claimWaiting(task)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await store().listWaiting('amy')).toEqual([later]);
    await store().addWaiting(task);
    expect(await store().listWaiting('amy')).toEqual([task, later]);
    await store().removeWaiting('j1', 'b');
    await store().claimWaiting(task);
    const longAgo = new Date(Date.now() - 601_000).toISOString();
    await place().query(`update waiting_tasks set woken_at = '${longAgo}'`);
    expect(await store().waitingOwners()).toEqual([]);
  });
});
