import type { PullRequestStory, StoryTask } from '../../contracts/repository/story.ts';
import { plainBlock, plainLine, plainQuote, withoutReferences } from './plain-markdown.ts';

/** The most that GitHub takes is 65,536. */
export const MAX_BODY_CHARS = 60_000;
/** Of GitHub and GitLab: 255. */
const MAX_TITLE_CHARS = 240;

/** The title on one line, which goes into messages of merges as it is: it closes no issue and names nobody. */
export const pullRequestTitle = (title: string): string => {
  const line =
    withoutReferences(
      title
        .slice(0, 4 * MAX_TITLE_CHARS)
        .replace(/\s+/g, ' ')
        .trim(),
    ) || 'Changes of a job';
  const letters = [...line];
  return letters.length > MAX_TITLE_CHARS ? `${letters.slice(0, MAX_TITLE_CHARS - 1).join('')}…` : line;
};

/**
 * The text of a pull request in Markdown: what was asked for, what was done, how it was checked, and what is not done. At
 * most MAX_BODY_CHARS long. Nothing in it is formatted by what the story says, names anybody, or closes an issue.
 */
export function pullRequestBody(story: PullRequestStory): string {
  const done = story.tasks.filter(({ status }) => status === 'completed');
  const open = story.tasks.filter(({ status }) => status !== 'completed');
  const sections: Section[] = [
    {
      head: 'What was asked for',
      items: [`**${plainLine(story.title, 300)}**`, plainQuote(story.description, 3000)],
    },
    { head: 'What was done', items: done.map(taskItem), none: 'No task was completed.' },
    { head: 'How it was checked', items: [checkItem(story.check), ...story.criteria.map(criterionItem)] },
    { head: 'What is not done', items: open.map(taskItem) },
    { head: 'What to look at', items: story.warnings.map((warning) => `- ${plainLine(warning, 500)}`) },
  ];
  const last = `---\nMade by the job \`${story.job_id.replace(/[^A-Za-z0-9._-]/g, '')}\` · ${costOf(story.cost_usd)}`;
  return [...fitting(sections, MAX_BODY_CHARS - last.length - 2), last].join('\n\n');
}

interface Section {
  head: string;
  /** Markdown, whole blocks; empty ones are left out */
  items: string[];
  /** said where there are none; left out: then the section is not there */
  none?: string;
}

/** Every section gets its share of the room, and what the ones before it left over; what does not fit is counted. */
function fitting(sections: Section[], room: number): string[] {
  let left = room;
  return sections.flatMap(({ head, items, none }, index) => {
    const blocks = items.filter((item) => item !== '');
    if (blocks.length === 0 && none === undefined) return [];
    const share = Math.floor(left / (sections.length - index));
    const taken: string[] = [`## ${head}`];
    let chars = head.length + 5 + MORE_CHARS;
    for (const block of blocks.length === 0 ? [none!] : blocks) {
      if (chars + block.length + 2 > share) break;
      taken.push(block);
      chars += block.length + 2;
    }
    const more = blocks.length - (taken.length - 1);
    if (blocks.length > 0 && more > 0) taken.push(`_${more} more: see the job._`);
    left -= chars;
    return taken;
  });
}

const MORE_CHARS = 40;

function taskItem({ task_id, title, status, agent, landed, summary }: StoryTask): string {
  const who = agent === null ? '' : `, by ${plainLine(agent, 64)}`;
  const state = status === 'completed' ? '' : `, ${plainLine(status, 40)}`;
  const size = landed
    ? `: ${counted(landed.files_changed, 'file')}, +${landed.insertions} −${landed.deletions}`
    : status === 'completed'
      ? ': no changes'
      : ': nothing of it is in this branch';
  const said = plainQuote(summary, 1500);
  return `- **${plainLine(title, 300)}** (${plainLine(task_id, 64)}${who}${state})${size}${said && `\n\n${indented(said)}`}`;
}

/** As part of an item of a list. */
const indented = (block: string): string => block.replace(/^/gm, '  ');

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function checkItem(check: PullRequestStory['check']): string {
  if (check === null) return 'There is no check command: nothing was run over the result as a whole.';
  const command = plainLine(check.command, 500);
  const changed = check.definition_changed ?? [];
  const note =
    changed.length === 0
      ? ''
      : ` What it consists of was changed (${plainLine(changed.join(', '), 500)}); it was run as it was before.`;
  if (check.passed === null) return `- The check did not run: ${command}${note}`;
  if (check.passed) return `- The check passed: ${command}${note}`;
  const tail = check.tail.trim() === '' ? '' : `\n\n${indented(plainBlock(check.tail.trim(), 3000))}`;
  return `- **The check failed** (${plainLine(check.how, 200)}): ${command}${note}${tail}`;
}

const VERDICTS = { met: 'met', unmet: '**not met**', unverified: 'not verified' };

function criterionItem({ text, verdict, evidence }: PullRequestStory['criteria'][number]): string {
  const why = plainLine(evidence, 500);
  return `- ${plainLine(text, 500)}: ${VERDICTS[verdict]}${why && ` (${why})`}`;
}

const costOf = (usd: number | null): string =>
  usd === null ? 'cost of models not known' : `${usd.toFixed(2)} USD for models`;
