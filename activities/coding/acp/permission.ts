import type { Question } from '../drivers/driver.ts';
import { shownInput, type ToldCall } from './updates.ts';

const KINDS: Readonly<Record<string, Question['kind']>> = {
  read: 'look',
  search: 'look',
  think: 'look',
  edit: 'edit',
  delete: 'edit',
  move: 'edit',
};

/** What leave is asked for. */
export function questionOf(call: ToldCall): Question {
  const { id, tool, kind, paths } = call;
  return { tool_use_id: id, tool, input: shownInput(call), kind: KINDS[kind] ?? 'other', paths };
}
