import type { Env } from '../../config/env.ts';

/** What outside tools sign in with. A tool whose part is missing is not offered. */
export interface ToolCredentials {
  /** `url`: smtp:// or smtps://, with user and password where the server wants them */
  smtp?: { url: string; from: string };
  slack?: { token: string; base_url?: string };
  github?: { token: string; base_url?: string };
  openai?: { api_key: string; base_url?: string };
  /** signs webhooks after standardwebhooks.com; `whsec_` and base64, or plain text */
  webhook_secret?: string;
}

/**
 * The credentials that the environment holds; empty variables count as not given.
 * @param openai_base_url where the OpenAI API is, when it is not the public one
 */
export function toolCredentials(env: Env, openai_base_url?: string): ToolCredentials {
  const given = (value: string | undefined) => value?.trim() || undefined;
  const smtp_url = given(env.SMTP_URL);
  const from = given(env.SMTP_FROM);
  const slack = given(env.SLACK_BOT_TOKEN);
  const github = given(env.GITHUB_TOKEN);
  const github_url = given(env.GITHUB_API_URL);
  const openai = given(env.OPENAI_API_KEY);
  const webhook_secret = given(env.ORCHESTRATOR_WEBHOOK_SECRET);
  return {
    ...(smtp_url && from ? { smtp: { url: smtp_url, from } } : {}),
    ...(slack ? { slack: { token: slack } } : {}),
    ...(github ? { github: { token: github, ...(github_url ? { base_url: github_url } : {}) } } : {}),
    ...(openai
      ? { openai: { api_key: openai, ...(openai_base_url ? { base_url: openai_base_url } : {}) } }
      : {}),
    ...(webhook_secret ? { webhook_secret } : {}),
  };
}
