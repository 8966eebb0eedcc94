import type { Client } from '@temporalio/client';
import { ProblemError } from '../contracts/error.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/names.ts';
import type { Log } from '../telemetry/log/log.ts';

/** temporal.api.enums.v1.IndexedValueType */
const KEYWORD = 2;

/**
 * Makes sure that the namespace has the custom search attributes. Where they cannot be made (Temporal Cloud),
 * throws a problem with the exact command.
 */
export async function ensureSearchAttributes(client: Client, log: Log): Promise<void> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  const missing = async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return SEARCH_ATTRIBUTES.filter((name) => customAttributes?.[name] !== KEYWORD);
  };
  const names = await missing();
  if (names.length === 0) return;
  try {
    const searchAttributes = Object.fromEntries(names.map((name) => [name, KEYWORD]));
    await operatorService.addSearchAttributes({ namespace, searchAttributes });
    log.info({ search_attributes: names }, 'search attributes added');
  } catch (error) {
    if ((await missing()).length === 0) return;
    const flags = names.map((name) => `--name ${name} --type Keyword`).join(' ');
    throw new ProblemError({
      code: 'validation',
      message: `the namespace ${namespace} has no search attributes ${names.join(', ')} and they could not be added (${messageOf(error)}). Add them: temporal operator search-attribute create --namespace ${namespace} ${flags}`,
    });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
