import type { AttemptError } from '../../contracts/attempt.ts';
import { type AgentAnswer, parseAgentAnswer } from '../../contracts/http-agent.ts';
import { TOO_DEEP, textTooDeep } from '../../core/json-depth.ts';
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

/** Reads the answer of the agent of that name; never throws. */
export function readAnswer(name: string, result: PostResult): ReadAnswer {
  const who = `The agent \`${name}\``;
  if (result.kind === 'unreachable') {
    return { kind: 'unavailable', message: `${who} can't be reached (${result.reason}).` };
  }
  if (result.kind === 'broken') {
    return failed(result.code, `${who} ${result.reason}.`, true);
  }
  const { status, body } = result;
  if (status === 200) return readBody(who, body);
  if (status === 202) return { kind: 'later' };
  if (status === 503) return { kind: 'unavailable', message: `${who} says that it is not available (503).` };
  if (status >= 300 && status < 400) {
    const message = `${who} answered ${status}: redirects are not followed. Put the right address into base_url.`;
    return failed('agent_redirected', message, false, body);
  }
  if (status < 300) {
    return failed('agent_answer_invalid', `${who} answered ${status}; it must be 200 or 202.`, false, body);
  }
  const retryable = status >= 500 || PASSING.has(status);
  return failed('agent_http_error', `${who} answered ${status}.`, retryable, body);
}

function readBody(who: string, body: string): ReadAnswer {
  if (textTooDeep(body)) {
    return failed(
      'agent_answer_invalid',
      `${who} answered 200 with JSON that can't be kept: ${TOO_DEEP}.`,
      true,
      body,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return failed('agent_answer_invalid', `${who} answered 200 with something that is not JSON.`, true, body);
  }
  const parsed = parseAgentAnswer(json);
  if (!parsed.ok) {
    const issues = parsed.fields.map(({ path, issue }) => (path ? `${path}: ${issue}` : issue)).join('; ');
    return failed('agent_answer_invalid', `${who} answered 200 with an invalid body: ${issues}.`, true, body);
  }
  const { error } = parsed.answer;
  if (error) return { kind: 'failed', error: { ...error, ...tailOf(parsed.answer.output) } };
  return { kind: 'done', answer: parsed.answer };
}

function failed(code: string, message: string, retryable: boolean, body = ''): ReadAnswer {
  return { kind: 'failed', error: { code, message, retryable, ...tailOf(body) } };
}

function tailOf(text: string): Pick<AttemptError, 'tail'> {
  const tail = text.slice(-TAIL_CHARS).trim().toWellFormed();
  return tail ? { tail } : {};
}
