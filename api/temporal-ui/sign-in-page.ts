import { html, raw } from 'hono/html';

/** What the page may load and where its form may go: nothing, and here. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/**
 * A plain page with one field.
 * @param to where to go on, a path of this server
 * @param said what is wrong with the last try, or nothing
 */
export const signInPage = (to: string, said = '') =>
  page(html`<p>Anyone signed in here can send every command to every job, so an admin's key is required.</p>
${said ? html`<p role="alert">${said}</p>` : ''}
<form method="post" action="/orchestrator/sign-in">
<input type="hidden" name="to" value="${to}">
<label for="key">An admin's API key</label>
<input id="key" name="key" type="password" autocomplete="off" required autofocus>
<button>Sign in</button>
</form>`);

/** For those who are signed in. */
export const signedInPage = () =>
  page(html`<p>You are signed in. <a href="/">To the Temporal Web UI</a></p>
<form method="post" action="/orchestrator/sign-out"><button>Sign out</button></form>`);

const page = (content: ReturnType<typeof html>) => html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Temporal Web UI</title>
<style>${raw(STYLE)}</style></head>
<body><main><h1>Temporal Web UI</h1>
${content}
</main></body></html>`;

const STYLE = `
body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;place-items:center;min-height:100vh;color-scheme:light dark}
main{max-width:26rem;padding:1rem} h1{font-size:1.4rem} form{display:grid;gap:.5rem}
input,button{font:inherit;padding:.5rem} [role=alert]{font-weight:bold}`;
