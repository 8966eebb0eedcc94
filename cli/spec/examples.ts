/** What stands before the tables. */
export const INTRODUCTION = `
# Reference of the spec

What \`orchestrator submit FILE\` and \`POST /orchestrate/submit\` take, as YAML or JSON: every field, generated from the
schema that the service checks by (\`npm run generate\`). How to write a first one by hand is in [first-job.md](first-job.md).

\`orchestrator validate FILE\` names every mistake with its line and column, without a service. Editors check while you type:
[orchestrator-job.schema.json](orchestrator-job.schema.json) is the JSON Schema of the format. In VS Code, with the YAML extension of
Red Hat, the first line of a file names it, by its path or its address:

\`\`\`yaml
# yaml-language-server: $schema=docs/orchestrator-job.schema.json
\`\`\`

or the setting \`yaml.schemas\` does for all files of a name:

\`\`\`json
{ "yaml.schemas": { "./docs/orchestrator-job.schema.json": "*.job.yaml" } }
\`\`\`

Times are in seconds, money is in US dollars. A field without a default may be left out, unless it is required. A field that is not
listed here is refused; \`context\` takes anything.

YAML may name a part with an anchor (\`&name\`) where it first stands, and use it again with an alias (\`*name\`) or, in a
map, with a merge key (\`<<: *name\`), whose fields give way to those beside it. All aliases of a text may stand for 10,000,000
characters, a value counting 100 at least:

\`\`\`yaml
title: Two checks
description: The same check in two folders.
plan:
  tasks:
    - &check
      task_id: check-api
      title: Check the API
      agent: command
      command: npm test
      cwd: /srv/code/api
      timeout_seconds: 900
    - <<: *check
      task_id: check-web
      title: Check the web pages
      cwd: /srv/code/web
\`\`\`
`;

/** A short example for an object of the format, by its path. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  '': `
title: Release notes
description: Collect what has changed, and have it signed off.
acceptance_criteria:
  - Every change has a line
max_workers: 3
budget_usd: 2
approval: required
`,
  'acceptance_criteria[]': `
acceptance_criteria:
  - The report fits on one page # judged by a model
  - criterion_id: tests # checked by its command
    text: The tests pass
    command: npm test
`,
  'agents[]': `
agents:
  - agent_id: checker
    role: worker
    specialty: researcher
    system_prompt: You check facts against their sources.
`,
  plan: `
plan:
  rationale: Both drafts first, then the choice.
  tasks:
    - { task_id: one, title: A first draft, agent: general }
    - { task_id: two, title: A second draft, agent: general }
    - { task_id: choose, title: Choose the better one, agent: human, depends_on: [one, two] }
`,
  'plan.tasks[]': `
plan:
  tasks:
    - task_id: build
      title: Build the package
      agent: command
      command: npm run build
      cwd: /srv/code/app
      env: { NODE_ENV: production }
      timeout_seconds: 900
      max_attempts: 2
    - task_id: publish
      title: Publish it
      agent: command
      command: [npm, publish]
      cwd: /srv/code/app
      depends_on: [build]
      approval: required
      risk: high
`,
  webhook: `
webhook:
  url: https://example.com/hook
  events: [job.*, approval.requested]
`,
};
