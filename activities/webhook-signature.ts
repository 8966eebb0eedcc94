import { Webhook } from 'standardwebhooks';

/**
 * The headers of a webhook after https://www.standardwebhooks.com: who receives it knows it again by its id, and by
 * the signature who sent it.
 * @param secrets `whsec_` and base64, or plain text; one signature for each, none: it is not signed
 */
export function webhookHeaders(secrets: readonly string[], id: string, body: string): Record<string, string> {
  const at = new Date();
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  };
  if (secrets.length === 0) return headers;
  const signatures = secrets.map((secret) => keyOf(secret).sign(id, at, body));
  return { ...headers, 'webhook-signature': signatures.join(' ') };
}

const keyOf = (secret: string): Webhook =>
  secret.startsWith('whsec_') ? new Webhook(secret) : new Webhook(secret, { format: 'raw' });
