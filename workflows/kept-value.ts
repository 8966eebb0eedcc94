import { RawValue } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/workflow';
import { KEPT_IN_HISTORY } from '../contracts/names.ts';

/**
 * A value that is sent as it is, whatever its size, and never as a reference into our store: to workers of others, who
 * can't read those, and as the answer of a query, which would leave something behind there.
 */
export function kept<T>(value: T): RawValue<T> {
  const { data, metadata } = defaultPayloadConverter.toPayload(value);
  return RawValue.fromPayload({ data, metadata: { ...metadata, ...KEPT_IN_HISTORY } }) as RawValue<T>;
}
