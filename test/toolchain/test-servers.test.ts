import { Client, Connection } from '@temporalio/client';
import { Client as PostgresClient } from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { hasTimeSkipping, startTimeSkipping } from '../setup/time-skipping.ts';

describe('the servers every test run shares', () => {
  it('has a Temporal server with the search attributes of the job list', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({
        namespace: 'default',
      });
      expect(customAttributes).toMatchObject({ JobStatus: 2, JobOwner: 2 }); // 2: INDEXED_VALUE_TYPE_KEYWORD
      const listed = new Client({ connection }).workflow.list({ query: "JobOwner = 'nobody'" });
      for await (const workflow of listed) expect.fail(`found ${workflow.workflowId}`);
    } finally {
      await connection.close();
    }
  });

  it.skipIf(!inject('postgresUrl'))('has a PostgreSQL in which databases can be made', async () => {
    const client = new PostgresClient({ connectionString: inject('postgresUrl') });
    await client.connect();
    try {
      const name = `test_servers_${process.pid}`;
      await client.query(`create database ${name}`);
      const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
      expect(rowCount).toBe(1);
      await client.query(`drop database ${name}`);
    } finally {
      await client.end();
    }
  });

  it.skipIf(!hasTimeSkipping)('has a test server whose clock jumps', async () => {
    const environment = await startTimeSkipping();
    try {
      const before = await environment.currentTimeMs();
      const started = Date.now();
      await environment.sleep('1 hour');
      expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(3_600_000);
      expect(Date.now() - started).toBeLessThan(10_000);
    } finally {
      await environment.teardown();
    }
  });
});
