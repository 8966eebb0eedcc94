import type { Config } from '../contracts/config.ts';
import type { FieldIssue } from '../contracts/error.ts';
import { secretNames } from '../core/text/secrets.ts';
import { privateHostIssue } from './private-hosts.ts';

/** What would make every request to an agent or a server of tools fail, found now instead of at the first task. */
export function requestIssues(config: Config, label: string): FieldIssue[] {
  const agents = config.agents.flatMap(({ base_url, headers }, index) => {
    const path = `${label}: agents.${index}`;
    return [...addressIssues(base_url, `${path}.base_url`), ...headerIssues(headers, `${path}.headers`)];
  });
  const servers = Object.entries(config.mcp_servers).flatMap(([name, { url, headers, args, env }]) => {
    const path = `${label}: mcp_servers.${name}`;
    return [
      ...(url === undefined ? [] : addressIssues(url, `${path}.url`)),
      ...headerIssues(headers, `${path}.headers`),
      ...args.flatMap((value, index) => secretIssues(value, `${path}.args.${index}`)),
      ...Object.entries(env).flatMap(([key, value]) => secretIssues(value, `${path}.env.${key}`)),
    ];
  });
  const webhooks = config.webhooks.flatMap(({ url }, index) =>
    privateIssues(url, `${label}: webhooks.${index}.url`),
  );
  return [...agents, ...servers, ...webhooks];

  function addressIssues(url: string, path: string): FieldIssue[] {
    return [...credentialIssues(url, path), ...privateIssues(url, path)];
  }

  function privateIssues(url: string, path: string): FieldIssue[] {
    const issue = privateHostIssue(url, config.tools.allow_private_hosts);
    return issue ? [{ path, issue }] : [];
  }
}

function credentialIssues(url: string, path: string): FieldIssue[] {
  const { username, password } = new URL(url);
  const issue = 'must not contain a user or password; send them in a header, as ${secret:NAME}';
  return username || password ? [{ path, issue }] : [];
}

function headerIssues(headers: Record<string, string>, path: string): FieldIssue[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const at = `${path}.${name}`;
    const secrets = secretIssues(value, at);
    if (secrets.length > 0) return secrets;
    return isHeader(name, value) ? [] : [{ path: at, issue: 'not a valid header' }];
  });
}

/** Secrets that would stay unread because their names are not in the form that is replaced. */
function secretIssues(value: string, path: string): FieldIssue[] {
  const meant = value.split('${secret:').length - 1;
  const written = value.match(/\$\{secret:[A-Za-z_][A-Za-z0-9_]*\}/g)?.length ?? 0;
  if (meant === written) return [];
  const known = secretNames(value).join(', ') || 'none';
  const issue = `write secrets as \${secret:NAME}, NAME of letters, digits and _ (readable: ${known})`;
  return [{ path, issue }];
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    return false;
  }
}
