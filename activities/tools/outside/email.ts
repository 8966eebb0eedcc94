import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { ToolCredentials } from '../credentials.ts';
import { defineTool, type Tool } from '../tool.ts';
import { lostCall } from './perhaps-done.ts';

const TIMEOUT_MS = 30_000;

const addresses = z.array(z.email()).max(50);

/** E-mail through the configured SMTP server, always from the configured sender. */
export function sendEmailTool({ url, from }: NonNullable<ToolCredentials['smtp']>): Tool {
  return defineTool({
    name: 'send_email',
    description: `Sends an e-mail from ${from}.`,
    input: z.strictObject({
      to: addresses.min(1),
      cc: addresses.default([]),
      subject: z.string().min(1).max(500),
      text: z.string().min(1).max(200_000).describe('plain text'),
    }),
    risk: 'medium',
    place: 'anywhere',
    async run({ to, cc, subject, text }, { job_id, task_id, call_id, signal }) {
      const transport = createTransport({
        url,
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const end = () => transport.close();
      signal.addEventListener('abort', end, { once: true });
      try {
        const messageId = messageIdOf([job_id, task_id, call_id], from);
        const sent = await transport
          .sendMail({ from, to, cc, subject, text, messageId })
          .catch((error: unknown) => {
            signal.throwIfAborted();
            throw isKnown(error) ? error : lostCall(error, 'The e-mail may have been sent');
          });
        const refused = sent.rejected;
        const note = refused.length > 0 ? ` The server refused: ${refused.join(', ')}.` : '';
        return { text: `Sent to ${sent.accepted.length} of ${to.length + cc.length} addresses.${note}` };
      } finally {
        signal.removeEventListener('abort', end);
        transport.close();
      }
    },
  });
}

/** Codes of nodemailer for what ends before the text of a message is sent. */
const BEFORE_SENDING = new Set([
  'EAUTH',
  'ENOAUTH',
  'EOAUTH2',
  'EENVELOPE',
  'EDNS',
  'ECONFIG',
  'ETLS',
  'EMESSAGE',
]);
const NOT_CONNECTED = /^(connect|getaddrinfo) |^Connection timeout|^Greeting never received/;

/** Whether it is certain that nothing was sent: the server said so, or it was not asked. */
function isKnown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, responseCode } = error as Error & { code?: string; responseCode?: number };
  return responseCode !== undefined || BEFORE_SENDING.has(code ?? '') || NOT_CONNECTED.test(error.message);
}

/** The same for the same call, so that mail systems know a message again that was sent twice. */
function messageIdOf(parts: readonly string[], from: string): string {
  const id = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return `<${id}@${/@([^\s>]+)/.exec(from)?.[1] ?? 'orchestrator'}>`;
}
