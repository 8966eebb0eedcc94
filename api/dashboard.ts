import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Api, Ctx } from './access/caller.ts';
import { notFound } from './errors.ts';

/** Where `npm install` and `npm start` put what they built. */
const DIST = join(import.meta.dirname, '../dashboard/dist');
/** Stands in the page for the nonce of each answer. */
const NONCE = '__CSP_NONCE__';

const MEDIA_TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * The dashboard: `/` and its own paths under `/ui/` answer the one page, which then shows what the path names; what
 * the page is made of is under `/ui/assets/`. They are for anyone: data comes over the API, which asks for keys.
 * @param dist folder of the built dashboard
 */
export function dashboardRoutes(api: Api, dist: string = DIST): void {
  api.get('/ui/assets/:file', asset);
  for (const path of ['/', '/ui', '/ui/:page', '/ui/:page/:id', '/ui/:page/:id/:part']) api.get(path, page);

  function page(c: Ctx): Response {
    const html = read('index.html')?.toString('utf8');
    if (html === undefined) {
      return c.text('The dashboard is not built. Run `npm run build`, then load this page again.\n', 503, {
        'retry-after': '10',
      });
    }
    const nonce = randomBytes(18).toString('base64url');
    c.header('Content-Security-Policy', policy(nonce));
    c.header('Cache-Control', 'no-cache');
    return c.html(html.replaceAll(NONCE, nonce));
  }

  function asset(c: Ctx): Response {
    const file = c.req.param('file') ?? '';
    const type = MEDIA_TYPES[extname(file)];
    const content = /^[\w.-]+$/.test(file) && type !== undefined ? read(join('assets', file)) : undefined;
    if (content === undefined || type === undefined) notFound('file of that name');
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
    // the name of a file holds a hash of its content
    const headers = {
      etag,
      'cache-control': 'public, max-age=31536000, immutable',
      // a worker is bound by the policy that came with its own file
      'content-security-policy':
        "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
    };
    if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
    return c.body(new Uint8Array(content), 200, { ...headers, 'content-type': type });
  }

  function read(path: string): Buffer | undefined {
    try {
      return readFileSync(join(dist, path));
    } catch {
      return undefined;
    }
  }
}

/** Scripts and styles are files of ours; components write style elements under the nonce of the answer. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
