import { html, raw } from 'hono/html';
import { z } from 'zod';

/** The parts of an OpenAPI document that the page shows. */
const Shown = z.object({
  info: z.object({ title: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), z.unknown()).default({}) }).default({ schemas: {} }),
});
const Operation = z.object({
  tags: z.array(z.string()).default([]),
  summary: z.string().default(''),
  description: z.string().default(''),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.string(),
        description: z.string().default(''),
        required: z.boolean().default(false),
      }),
    )
    .default([]),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) }).optional(),
  responses: z.record(
    z.string(),
    z.object({
      description: z.string(),
      content: z.record(z.string(), z.object({ schema: z.unknown() })).default({}),
    }),
  ),
});
type Html = ReturnType<typeof html>;

/** An OpenAPI document as one page that needs no script and nothing from elsewhere. */
export function docsPage(document: unknown): Html {
  const { info, paths, components } = Shown.parse(document);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, given]) => ({ path, method, ...Operation.parse(given) })),
  );
  const byTag = [...Map.groupBy(operations, (operation) => operation.tags[0] ?? '')];
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${info.title} API</title>
<style>${raw(STYLE)}</style></head>
<body>
<h1>${info.title} API</h1>
<p>${info.description}</p>
<p>As a document: <a href="/openapi.json">/openapi.json</a></p>
<nav>${byTag.map(([tag]) => html`<a href="#${slug(tag)}">${tag}</a> `)}<a href="#schemas">Schemas</a></nav>
${byTag.map(([tag, list]) => html`<h2 id="${slug(tag)}">${tag}</h2>${list.map(operationHtml)}`)}
<h2 id="schemas">Schemas</h2>
${Object.entries(components.schemas).map(
  ([name, schema]) => html`<details id="schema-${name}"><summary><code>${name}</code></summary>
<pre>${JSON.stringify(schema, null, 2)}</pre></details>`,
)}
</body></html>`;
}

function operationHtml(operation: z.output<typeof Operation> & { path: string; method: string }): Html {
  const { method, path, summary, description, parameters, requestBody, responses } = operation;
  return html`<details><summary><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code> ${summary}</summary>
${description ? html`<p>${description}</p>` : ''}
${
  parameters.length > 0
    ? html`<table><tr><th>parameter</th><th>in</th><th></th></tr>${parameters.map(
        (one) =>
          html`<tr><td><code>${one.name}</code>${one.required ? ' *' : ''}</td><td>${one.in}</td><td>${one.description}</td></tr>`,
      )}</table>`
    : ''
}
${requestBody ? html`<p>Body: ${contentHtml(requestBody.content)}</p>` : ''}
<table><tr><th>status</th><th></th><th>body</th></tr>${Object.entries(responses).map(
    ([status, one]) =>
      html`<tr><td>${status}</td><td>${one.description}</td><td>${contentHtml(one.content)}</td></tr>`,
  )}</table></details>`;
}

function contentHtml(content: Record<string, { schema?: unknown }>): Html[] {
  return Object.entries(content).map(([type, { schema }]) => {
    const name = refName(schema);
    return html`<code>${type}</code> ${name ? html`<a href="#schema-${name}">${name}</a>` : ''} `;
  });
}

function refName(schema: unknown): string | undefined {
  const parsed = z.object({ $ref: z.string() }).safeParse(schema);
  return parsed.success ? parsed.data.$ref.split('/').at(-1) : undefined;
}

const slug = (text: string): string => text.toLowerCase().replace(/\W+/g, '-');

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
code, pre { font: 14px/1.4 ui-monospace, monospace } pre { overflow: auto; background: #f5f5f5; padding: .75rem }
summary { cursor: pointer; padding: .3rem 0 } details { border-bottom: 1px solid #ddd } nav a { margin-right: .75rem }
table { border-collapse: collapse; margin: .5rem 0 1rem } td, th { text-align: left; padding: .15rem .9rem .15rem 0; vertical-align: top }
b { display: inline-block; min-width: 4.5rem } .get { color: #0b5 } .post { color: #06c } .put, .patch { color: #a60 } .delete { color: #c22 }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #161616 } pre { background: #222 } details { border-color: #333 } a { color: #8bf } }
`;
