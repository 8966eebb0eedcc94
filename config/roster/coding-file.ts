import { CodingFrontMatter } from '../../contracts/coding.ts';
import { CODING_DRIVERS } from '../../contracts/coding-drivers.ts';
import type { RosterAgent } from '../../contracts/config.ts';

/** Front matter of a coding assistant that asks for nothing which its driver hasn't got. */
export const CodingFile = CodingFrontMatter.superRefine((front, context) => {
  const { driver, permissions, command, args, variables } = front;
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (permissions === 'ask' && !CODING_DRIVERS[driver].asks) {
    refuse(
      'permissions',
      `${driver} can't have a person asked while it works; use edit, or all in a sandbox`,
    );
  }
  if (driver === 'acp') {
    if (command === undefined) refuse('command', 'name the program that speaks the Agent Client Protocol');
    return;
  }
  if (args !== undefined) refuse('args', 'are for the driver `acp` only');
  if (variables !== undefined) refuse('variables', `are for the driver \`acp\` only; ${driver} gets its own`);
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
