import type { InitializeRequestParams } from '@modelcontextprotocol/sdk/types.js';

/** As JSON. */
export const MAX_KEPT_BYTES = 4096;

const INFO_CHARS = 200;

/**
 * What a session keeps of its `initialize`, for as long as it lives: the version, who the client is, and capabilities
 * of the protocol; no experiments or extensions. null: that is too much.
 */
export function keptOf({ protocolVersion, clientInfo, capabilities }: InitializeRequestParams) {
  const { name, title, version } = clientInfo;
  const { sampling, elicitation, roots, tasks } = capabilities;
  const kept = {
    protocolVersion,
    clientInfo: { name: clip(name), version: clip(version), ...(title ? { title: clip(title) } : {}) },
    capabilities: known({ sampling, elicitation, roots, tasks }),
  };
  return Buffer.byteLength(JSON.stringify(kept)) > MAX_KEPT_BYTES ? null : kept;
}

const clip = (text: string): string => text.slice(0, INFO_CHARS).toWellFormed();

const known = <T extends object>(all: T): T =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as T;
