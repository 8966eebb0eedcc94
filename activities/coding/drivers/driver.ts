import type { CodingAgentSettings, CodingDriver } from '../../../contracts/coding.ts';
import type { Usage } from '../../../contracts/money.ts';

/** What a coding assistant is started for. */
export interface Launch {
  settings: CodingAgentSettings;
  /** null: what the tool takes by itself */
  model: string | null;
  /** the conversation to go on with; null: a new one */
  session: string | null;
  /** the id of a new conversation, for those that take ours: a UUID */
  own_session: string;
  prompt: string;
  /** its whole task, for one that can't go on with its conversation */
  task_prompt: string;
  /** the folder that it works in */
  cwd: string;
  /** its private HOME */
  home: string;
  /** where files become artifacts */
  artifacts: string;
  /** file that says how many calls of its model it may make: a number, rewritten as it may make more */
  calls_file: string;
  /** answers of its model that it has left */
  turns_left: number;
  /** the variables that it gets of the worker's */
  environment: Readonly<Record<string, string | undefined>>;
  /** a sandbox of ours is in force: its own would fail inside */
  sandboxed: boolean;
}

/** How its program is started. */
export interface Start {
  args: string[];
  /** what it reads on stdin, which is closed then unless it is spoken with; left out: nothing */
  stdin?: string;
  /** it is answered while it works: its stdin stays open until it has said that it has ended */
  spoken?: true;
  /** variables besides those of the worker's that its driver names */
  env: Record<string, string>;
  /** files that it finds in its HOME, by their path there */
  files?: Record<string, string>;
}

/** Something that an assistant wants to do, and asks leave for. */
export interface Question {
  /** by which its call is told in the transcript */
  tool_use_id: string;
  tool: string;
  input: Record<string, unknown>;
  /** what it does by the assistant's own word: it looks, or changes files; other: anything */
  kind: 'look' | 'edit' | 'other';
  /** the files that it is about, as far as they are named */
  paths: readonly string[];
}

/** How an assistant that is spoken with is answered. */
export interface Line {
  /** one message, as a line of JSON */
  send(message: object): void;
  /** whether it may; null: a person has to be asked, for which the program is ended without an answer */
  permit(question: Question): boolean | null;
}

/** What a line of output says. */
export type Heard =
  | { type: 'session'; id: string }
  /** a piece of a text, as it comes */
  | { type: 'delta'; text: string }
  /** a text, whole */
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }
  | { type: 'tool_result'; id: string; content: string; is_error: boolean }
  /** what a call of its model has used so far; `call` tells calls apart, null model: its usual one */
  | { type: 'usage'; call: string; model: string | null; usage: Usage }
  /** its model has answered once more */
  | { type: 'turn' }
  /** it waits to be let on before it asks its model, for the so manieth time in this start */
  | { type: 'waits'; call: number }
  /** the sums of this start, by model, in its own words */
  | { type: 'total'; models: { model: string | null; usage: Usage }[] }
  | { type: 'end'; end: End };

/** How it says that it has ended. */
export type End =
  /** `text`: its result, left out where that is what it said last */
  { ok: true; text?: string } | { ok: false; why: FailureKind; message: string };

/** rate_limited and overloaded: to be asked again later; auth: its key or login is of no use; turns: it had no more. */
export type FailureKind = 'rate_limited' | 'overloaded' | 'auth' | 'turns' | 'invalid' | 'failed';

/** Reads the lines of one start, parsed; what it does not know says nothing. Never throws, whatever a line holds. */
export type Reader = (line: unknown) => Heard[];

/** What is known of a coding assistant. */
export interface Driver {
  name: CodingDriver;
  /** it takes the id of a new conversation from us, so that it is known before the start */
  takes_session: boolean;
  /** when it is to end, it writes what it has not yet, and asks its model nothing more; else it is ended without time for that */
  tidies_up: boolean;
  /** it stops by itself when it has no answers left; else we see to it */
  limits_turns: boolean;
  /** whether a conversation lies in a HOME: one of another machine, or that was never begun, can't be gone on with */
  has(home: string, session: string): boolean;
  /**
   * a folder in the one that it works in whose programs it would run whatever it is told: it finds that empty in a sandbox, and is not
   * started without one where there is one; left out: none
   */
  runs_from?: string;
  start(launch: Launch): Start;
  reader(launch: Launch, line: Line): Reader;
  /** makes a HOME ready for going on with a conversation; left out: there is nothing to do */
  beforeResume?(home: string, session: string): void;
  /** another file that it writes lines to as it goes, whose reader says what the output does not; left out: none */
  journal?: {
    /** how the path of the file of a conversation ends */
    ends(session: string): string;
    /** where it lies, in HOME */
    folder: string;
    reader(session: string): Reader;
  };
}
