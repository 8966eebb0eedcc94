import { lookup as systemLookup } from 'node:dns';
import { type Agent, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type PublicAddressError, refusal } from './public-address.ts';

/**
 * The agent for one request to a URL of an agent. Unless the host is on the list, it connects to public addresses
 * only: what is looked at is the answer that the connection itself resolves the name with, so that a name can't
 * resolve to one thing for the check and to another for the connection.
 * @param allowed hosts as in `tools.allow_private_hosts`
 * @throws PublicAddressError, as does the connection
 */
export function guardedAgent(
  url: URL,
  allowed: readonly string[],
  lookup = systemLookup as LookupFunction,
): Agent {
  const listed = isListed(url, allowed);
  // a connection to an address asks nobody to resolve it
  if (!listed) requirePublic(bare(url.hostname));
  // no keep-alive: a connection is never taken over by a request that was checked less
  const options = { keepAlive: false, lookup: listed ? lookup : guardedLookup(lookup) };
  return url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}

function requirePublic(host: string): void {
  const problem = isIP(host) ? refusal(host) : undefined;
  if (problem) throw problem;
}

/** Refuses a name as a whole when one of its addresses is not public. */
function guardedLookup(lookup: LookupFunction): LookupFunction {
  return (host, options, done) => {
    lookup(host, options, (error, address, family) => {
      const addresses = typeof address === 'string' ? [address] : (address ?? []).map((one) => one.address);
      const problem: PublicAddressError | undefined = error
        ? undefined
        : addresses.map(refusal).find((one) => one !== undefined);
      done(error ?? problem ?? null, address, family);
    });
  };
}

function isListed({ hostname, port, protocol }: URL, allowed: readonly string[]): boolean {
  const at = port || (protocol === 'https:' ? '443' : '80');
  const hosts = [hostname, bare(hostname)].flatMap((host) => [host, `${host}:${at}`]);
  return allowed.some((entry) => hosts.includes(entry.trim().toLowerCase()));
}

/** The address in an IPv6 host. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
