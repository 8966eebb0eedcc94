import { ALLOW_PRIVATE_HOSTS } from '../../config/private-hosts.ts';
import type { AttemptError } from '../../contracts/attempt.ts';
import { type AgentAnswer, parseAgentAnswer } from '../../contracts/http-agent.ts';
import { readExactJson } from '../../core/text/exact-json.ts';
import type { Mask } from '../../core/text/mask.ts';
import type { PostResult } from './post.ts';

/** What an agent's first answer means for the attempt. */
export type ReadAnswer =
  | { kind: 'done'; answer: AgentAnswer }
  | { kind: 'later' }
  | { kind: 'unavailable'; message: string }
  | { kind: 'failed'; error: AttemptError };

/** Statuses of a 4xx that another attempt may not meet again: time-out, conflict, too early, rate limit. */
const PASSING = new Set([408, 409, 425, 429]);
const TAIL_CHARS = 2000;

/**
 * Reads the answer of an agent; never throws. What is done is given as it was said, for the store to keep secrets out of
 * its parts: in bytes that are written in base64 they would be found too early. All else is without secrets before
 * anything is cut off it, so that no part of one is left.
 */
export function readAnswer(
  { name, base_url }: { name: string; base_url: string },
  result: PostResult,
  mask: Mask,
): ReadAnswer {
  const who = `The agent \`${name}\``;
  if (result.kind === 'unreachable') {
    return { kind: 'unavailable', message: `${who} can't be reached (${result.reason}).` };
  }
  if (result.kind === 'refused') {
    const message = `${who} is at ${new URL(base_url).host}, which resolves to an address that is not public; ${ALLOW_PRIVATE_HOSTS}.`;
    return failed('agent_address_refused', message, false);
  }
  if (result.kind === 'broken') {
    return failed(result.code, `${who} ${result.reason}.`, true);
  }
  const { status } = result;
  if (status === 200) return readBody(who, result.body, mask);
  const body = mask.text(result.body);
  if (status === 202) return { kind: 'later' };
  if (status === 503) return { kind: 'unavailable', message: `${who} is not available (503).` };
  if (status >= 300 && status < 400) {
    const message = `${who} answered ${status}: redirects are not followed. Correct base_url.`;
    return failed('agent_redirected', message, false, body);
  }
  if (status < 300) {
    return failed('agent_answer_invalid', `${who} answered ${status}; it must be 200 or 202.`, false, body);
  }
  const retryable = status >= 500 || PASSING.has(status);
  return failed('agent_http_error', `${who} answered ${status}.`, retryable, body);
}

function readBody(who: string, body: string, mask: Mask): ReadAnswer {
  const invalid = (why: string) =>
    failed('agent_answer_invalid', `${who} answered 200 with ${why}.`, true, mask.text(body));
  const read = readExactJson(body);
  if ('problem' in read) {
    // it quotes the text
    const said = readExactJson(mask.text(body));
    return invalid(`a body that ${'problem' in said ? said.problem : 'is not JSON'}`);
  }
  const parsed = parseAgentAnswer(read.value);
  if (!parsed.ok) return invalid(`an invalid body: ${answerIssues(read.value, mask)}`);
  const { error, output } = parsed.answer;
  if (error) return { kind: 'failed', error: { ...mask.json(error), ...tailOf(mask.text(output)) } };
  return { kind: 'done', answer: parsed.answer };
}

/** What is wrong with an answer that does not parse, in words that hold no secret and no part of one. */
export function answerIssues(answer: unknown, mask: Mask): string {
  const parsed = parseAgentAnswer(mask.json(answer));
  const fields = parsed.ok ? [] : parsed.fields;
  return (
    fields.map(({ path, issue }) => (path ? `${path}: ${issue}` : issue)).join('; ') || 'it is not an answer'
  );
}

function failed(code: string, message: string, retryable: boolean, body = ''): ReadAnswer {
  return { kind: 'failed', error: { code, message, retryable, ...tailOf(body) } };
}

function tailOf(text: string): Pick<AttemptError, 'tail'> {
  const tail = text.slice(-TAIL_CHARS).trim().toWellFormed();
  return tail ? { tail } : {};
}
