import type { WireUsage } from './anthropic-script.ts';
import type { MessagesRequest } from './anthropic-wire.ts';
import type { FakeCall as Call } from './server.ts';

/** A request that was answered by the script. */
export type FakeCall = Call<MessagesRequest, WireUsage>;
