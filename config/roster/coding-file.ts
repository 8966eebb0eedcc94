import { type CodingDriver, CodingFrontMatter } from '../../contracts/coding.ts';
import type { RosterAgent } from '../../contracts/config.ts';

/** Assistants that can have a person asked before they do something; the others refuse it, or do it. */
const CAN_ASK: readonly CodingDriver[] = ['claude'];

/** Front matter of a coding assistant that asks for nothing which its driver hasn't got. */
export const CodingFile = CodingFrontMatter.superRefine(
  ({ driver, permissions, model, provider }, context) => {
    const wrong = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (permissions === 'ask' && !CAN_ASK.includes(driver)) {
      wrong(
        'permissions',
        `${driver} can't have a person asked while it works; use edit, or all in a sandbox`,
      );
    }
    if (driver !== 'opencode') return;
    if (model !== undefined && !/^[^/]+\/.+$/.test(model)) {
      wrong('model', 'opencode takes provider/model, as in anthropic/claude-sonnet-5');
    }
    if (provider !== undefined) wrong('provider', "stands before opencode's model already");
  },
);

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
