import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../../contracts/names.ts';
import { until } from './until.ts';

/** A namespace of its own on the shared server, so that test files do not take each other's tasks. */
export interface TestNamespace {
  client: Client;
  connection: Connection;
  address: string;
  namespace: string;
}

/**
 * Makes a namespace with the search attributes and waits until it serves.
 * @param dataConverter of its client: `payloads` of the store that the worker has
 */
export async function createNamespace(
  address: string,
  dataConverter?: DataConverter,
): Promise<TestNamespace> {
  // a page of the history of a large job is larger than the 4 MB that grpc-js takes; workers take 128
  const channelArgs = { 'grpc.max_receive_message_length': -1 };
  const connection = await Connection.connect({ address, channelArgs });
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  const client = new Client({ connection, namespace, dataConverter });
  await until(
    async () => {
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, 2])),
      });
      return true;
    },
    { what: `the namespace ${namespace}` },
  );
  return { client, connection, address, namespace };
}
