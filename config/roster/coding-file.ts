import { type CodingDriver, CodingFrontMatter } from '../../contracts/coding.ts';
import type { RosterAgent } from '../../contracts/config.ts';

/** Assistants that can have a person asked before they do something, without a terminal: none can yet. */
const CAN_ASK: readonly CodingDriver[] = [];

/** Front matter of a coding assistant that asks for nothing which its driver hasn't got. */
export const CodingFile = CodingFrontMatter.superRefine(({ driver, permissions }, context) => {
  if (permissions !== 'ask' || CAN_ASK.includes(driver)) return;
  const message = `${driver} can't have a person asked while it works; use edit, or all in a sandbox`;
  context.addIssue({ code: 'custom', path: ['permissions'], message });
});

/** Whether front matter is of a coding assistant. */
export const isCodingFile = (frontMatter: string): boolean =>
  /^kind:[ \t]*["']?coding["']?[ \t]*(#.*)?\r?$/m.test(frontMatter);

/** The agent that a file describes. */
export function codingAgent(front: CodingFrontMatter, instructions: string): RosterAgent {
  const { kind, name, description, capabilities, ...settings } = front;
  const { specialty } = settings;
  const tags = specialty && !capabilities.includes(specialty) ? [...capabilities, specialty] : capabilities;
  return { name, kind, description, capabilities: tags, coding: { ...settings, instructions } };
}
