import { Webhook } from 'standardwebhooks';

/**
 * The headers of a webhook after https://www.standardwebhooks.com: who receives it knows it again by its id, and by
 * the signature who sent it.
 * @param secret `whsec_` and base64, or plain text; undefined: it is not signed
 */
export function webhookHeaders(secret: string | undefined, id: string, body: string): Record<string, string> {
  const at = new Date();
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  };
  if (!secret) return headers;
  const webhook = secret.startsWith('whsec_') ? new Webhook(secret) : new Webhook(secret, { format: 'raw' });
  return { ...headers, 'webhook-signature': webhook.sign(id, at, body) };
}
