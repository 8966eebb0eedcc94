import type { WireUsage } from './openai-script.ts';
import type { ChatRequest } from './openai-wire.ts';
import type { FakeCall as Call } from './server.ts';

/** A request that was answered by the script. */
export type FakeCall = Call<ChatRequest, WireUsage>;
