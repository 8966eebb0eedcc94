import type { Config } from '../../contracts/config.ts';
import { resolveSecrets } from '../../core/text/secrets.ts';
import type { Store } from '../../store/index.ts';
import { guardedRequest } from '../tools/http/request.ts';
import { PrivateHostError, ToolError } from '../tools/tool.ts';
import { webhookHeaders } from '../webhook-signature.ts';

/** What sending works with. */
export interface SendDeps {
  store: Pick<Store, 'webhookSecrets'>;
  config: Pick<Config, 'tools' | 'limits'>;
  /** value of a `${secret:NAME}`, undefined where there is none */
  secret(name: string): string | undefined;
}

/** One try. */
export interface Shipment {
  webhook_id: string;
  /** may hold `${secret:NAME}` */
  url: string;
  /** `${secret:NAME}`; null: the owner's */
  secret: string | null;
  owner: string;
  body: string;
  signal: AbortSignal;
  /** how long it may take; left out: as the configuration says */
  timeout_seconds?: number;
}

/** What came of a try. */
export type Sent =
  | { status: 'delivered'; status_code: number }
  /** the address says that it is not there any more */
  | { status: 'gone'; status_code: number; error: string }
  /** nothing was sent, and never will be */
  | { status: 'refused'; error: string }
  | { status: 'failed'; status_code: number | null; error: string; retry_after_seconds: number | null };

const GONE = 410;
const ANSWER_BYTES = 2000;

/** Posts a signed webhook once. Rejects with the signal's reason when it is aborted, and never otherwise. */
export async function sendWebhook(deps: SendDeps, shipment: Shipment): Promise<Sent> {
  const { store, config } = deps;
  const { webhook_id, owner, body, signal } = shipment;
  const { values, missing, used } = resolveSecrets(
    { url: shipment.url, secret: shipment.secret ?? '' },
    deps.secret,
  );
  if (missing.length > 0) return failed(missingSecrets(missing));
  const secrets = values.secret ? [values.secret] : await secretsOf(store, owner);
  try {
    const { status, headers } = await guardedRequest(config, {
      method: 'POST',
      url: values.url!,
      headers: webhookHeaders(secrets, webhook_id, body),
      ...{ body, signal },
      redirects: 'answer',
      timeout_seconds: shipment.timeout_seconds ?? config.limits.webhook_timeout_seconds,
      max_bytes: ANSWER_BYTES,
    });
    if (status >= 200 && status < 300) return { status: 'delivered', status_code: status };
    if (status === GONE) {
      return { status: 'gone', status_code: status, error: 'It answered 410: it is not there any more.' };
    }
    const redirected = status >= 300 && status < 400;
    const why = redirected ? `${status}: redirects are not followed, name the address itself` : status;
    return failed(`It answered ${why}.`, status, retryAfter(headers['retry-after'], status));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PrivateHostError) return { status: 'refused', error: error.message };
    if (error instanceof ToolError) return failed(hidden(error.message, Object.values(used)));
    // a secret that no key can be made of
    const message = error instanceof Error ? error.message : String(error);
    return failed(hidden(`It could not be signed: ${message}.`, Object.values(used)));
  }
}

async function secretsOf(store: SendDeps['store'], owner: string): Promise<string[]> {
  const { secret, older } = await store.webhookSecrets(owner);
  return [secret, ...older.map((one) => one.secret)];
}

const failed = (
  error: string,
  status_code: number | null = null,
  retry_after_seconds: number | null = null,
): Sent => ({ status: 'failed', status_code, error, retry_after_seconds });

function missingSecrets(names: string[]): string {
  const variables = names.map((name) => `ORCHESTRATOR_SECRET_${name}`).join(', ');
  return `Not sent: set ${variables} in the worker's environment.`;
}

const hidden = (text: string, secrets: readonly string[]): string =>
  secrets.filter(Boolean).reduce((shown, secret) => shown.replaceAll(secret, '***'), text);

/** https://www.rfc-editor.org/rfc/rfc9110#field.retry-after, of answers that may carry it. */
function retryAfter(header: string | undefined, status: number): number | null {
  if (header === undefined || (status !== 429 && status !== 503)) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1000);
}
