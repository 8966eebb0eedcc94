import type { AttemptError } from '../../contracts/attempt.ts';
import type { AlertKind, EventDraft } from '../../contracts/event.ts';
import { gateId } from '../schedule/schedule.ts';
import type { JobState } from '../state/job-state.ts';

/** The event that tells a person about something that needs attention. */
export const alert = (
  kind: AlertKind,
  data: { message: string } & Record<string, unknown>,
  about: Pick<EventDraft, 'task_id' | 'attempt'> = {},
): EventDraft => ({ type: 'alert', ...about, data: { kind, ...data } });

/** What is to be told because of the state that events have left: each once. */
export const alertsAfter = (state: JobState, events: readonly EventDraft[]): EventDraft[] => [
  ...budgetAlerts(state),
  ...events.flatMap((event) => (isLastHope(event) ? providerDown(state, errorOf(event)) : [])),
];

/** A model's provider gave no answer: told once for each provider. */
export function providerDown(
  state: JobState,
  error: Pick<AttemptError, 'message' | 'provider'> | null,
): EventDraft[] {
  const provider = error?.provider;
  if (provider === undefined || state.alerted?.providers?.includes(provider)) return [];
  state.alerted = { ...state.alerted, providers: [...(state.alerted?.providers ?? []), provider] };
  return [alert('provider_down', { provider, message: `${provider} does not answer: ${error!.message}` })];
}

/** Share of its time that an approval has left when people are told, and the longest such time in seconds. */
const LEFT_SHARE = 1 / 4;
const LEFT_SECONDS = 600;

/** What waits for a person and expires, and the place where it is kept that people were told. */
interface Expiring {
  task_id: string;
  approval_id: string;
  requested_at: string;
  expires_at: string;
  kept: { warned?: boolean };
}

/** Tells of approvals that are about to expire: of each once. */
export function warnOfExpiry(state: JobState, now: string): EventDraft[] {
  return expiring(state).flatMap((one) => {
    if (warnAt(one) > now) return [];
    one.kept.warned = true;
    const { task_id, approval_id, expires_at } = one;
    const message = `nobody has decided ${approval_id} yet; it expires at ${expires_at}`;
    return [alert('approval_expiring', { approval_id, expires_at, message }, { task_id })];
  });
}

/** When the next approval is about to expire; null when none is yet to be told of. */
export const nextWarning = (state: JobState): string | null => expiring(state).map(warnAt).sort()[0] ?? null;

function expiring(state: JobState): Expiring[] {
  return Object.values(state.tasks).flatMap(({ task_id, status, gate, asks }) => {
    const gates =
      status === 'awaiting_approval' && gate ? [{ ...gate, approval_id: gateId(task_id), kept: gate }] : [];
    return [...gates, ...asks.map((ask) => ({ ...ask, kept: ask }))].flatMap((one) => {
      const { approval_id, requested_at, expires_at, kept } = one;
      if (expires_at === null || kept.warned) return [];
      return [{ task_id, approval_id, requested_at, expires_at, kept }];
    });
  });
}

function warnAt({ requested_at, expires_at }: Expiring): string {
  const end = new Date(expires_at).getTime();
  const left = Math.min(LEFT_SECONDS * 1000, (end - new Date(requested_at).getTime()) * LEFT_SHARE);
  return new Date(end - left).toISOString();
}

/** At 80 % of the budget, and when all of it is spent or too little is left for what is to be done. */
function budgetAlerts(state: JobState): EventDraft[] {
  const { limit_usd, spent_usd, short } = state.budget;
  if (!limit_usd) return [];
  const isOut = spent_usd >= limit_usd || short === true || state.review?.code === 'budget_exhausted';
  const percent = isOut ? 100 : spent_usd >= limit_usd * 0.8 ? 80 : 0;
  const told = state.alerted?.budget_percent ?? 0;
  if (percent === told) return [];
  // less than before: the budget was raised
  state.alerted = { ...state.alerted, budget_percent: percent };
  if (percent < told) return [];
  const spent = `${Math.round(spent_usd * 1e4) / 1e4} of ${limit_usd} USD is spent`;
  return percent === 100
    ? [alert('budget_100', { limit_usd, spent_usd, message: `the budget is used up: ${spent}` })]
    : [alert('budget_80', { limit_usd, spent_usd, message: `80 % of the budget is used: ${spent}` })];
}

/** One failure may be a whim of the network: told is the second in a row, or the one that ends the task. */
const isLastHope = ({ type, attempt = 1 }: EventDraft): boolean =>
  type === 'task.failed' || (type === 'task.retrying' && attempt > 1);

const errorOf = ({ data }: EventDraft): Pick<AttemptError, 'message' | 'provider'> | null =>
  (data.error ?? data) as Pick<AttemptError, 'message' | 'provider'>;
