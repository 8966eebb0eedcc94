import { AgentFrontMatter, type RosterAgent } from '../../contracts/config.ts';
import type { FieldIssue } from '../../contracts/error.ts';
import { parseYaml } from '../yaml/yaml-file.ts';
import { CodingFile, codingAgent, isCodingFile } from './coding-file.ts';
import { defaultTools } from './default-tools.ts';
import { toolNameIssue } from './tool-names.ts';

/** An agent, or everything that is wrong with its file. */
export type ParsedAgent = { ok: true; agent: RosterAgent } | { ok: false; issues: FieldIssue[] };

/**
 * Reads an agent written in Markdown: front matter ({@link AgentFrontMatter}, or that of a coding assistant) between two
 * lines `---`, then the system prompt.
 * @param label the file's name in messages
 * @param mcp_servers names of the configured ones; left out: not known, and no tool of one is a mistake
 */
export function parseAgentFile(text: string, label: string, mcp_servers?: readonly string[]): ParsedAgent {
  const parts = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)^---[ \t]*(?:\r?\n|$)([\s\S]*)$/m.exec(text);
  if (!parts || !/^\uFEFF?---/.test(text)) {
    return fail(label, 'must begin with a line ---, front matter (name, description), and another line ---');
  }
  const system_prompt = (parts[2] ?? '').trim();
  const [, frontText = ''] = parts;
  if (isCodingFile(frontText)) {
    const coding = parseYaml(frontText, CodingFile, label, 1);
    return coding.ok ? { ok: true, agent: codingAgent(coding.value, system_prompt) } : coding;
  }
  const front = parseYaml(frontText, frontMatterWith(mcp_servers), label, 1);
  const noPrompt = { path: label, issue: 'has no system prompt: write it below the second line ---' };
  if (!front.ok) return { ok: false, issues: system_prompt ? front.issues : [...front.issues, noPrompt] };
  if (!system_prompt) return { ok: false, issues: [noPrompt] };
  const { name, description, capabilities, specialty, tools, limits, ...settings } = front.value;
  return {
    ok: true,
    agent: {
      name,
      kind: 'llm',
      description,
      capabilities:
        specialty && !capabilities.includes(specialty) ? [...capabilities, specialty] : capabilities,
      llm: {
        system_prompt,
        tools: tools ?? [...defaultTools(name)],
        ...(specialty ? { specialty } : {}),
        ...settings,
        ...limits,
      },
    },
  };
}

/** Front matter that names no tool which there can't be. */
function frontMatterWith(mcp_servers: readonly string[] | undefined) {
  return AgentFrontMatter.superRefine(({ tools = [], approval }, context) => {
    const lists = { tools, 'approval.always': approval.always, 'approval.never': approval.never };
    for (const [field, names] of Object.entries(lists)) {
      for (const [index, name] of names.entries()) {
        const message = toolNameIssue(name, mcp_servers);
        if (message) context.addIssue({ code: 'custom', path: [...field.split('.'), index], message });
      }
    }
  });
}

function fail(path: string, issue: string): ParsedAgent {
  return { ok: false, issues: [{ path, issue }] };
}
