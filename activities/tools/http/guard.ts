import { lookup as systemLookup } from 'node:dns';
import { type Agent, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import os from 'node:os';
import { bareHost, isAllowedHost, PublicAddressError, refusal } from '../../../config/private-hosts.ts';

/**
 * The agent for one request. Unless the host is on the list, it connects to public addresses only.
 * @param allowed hosts as in `tools.allow_private_hosts`
 * @throws PublicAddressError, as does the connection
 */
export function guardedAgent(url: URL, allowed: readonly string[], lookup?: LookupFunction): Agent {
  // no keep-alive: a connection is never taken over by a request that was checked less
  const options = { keepAlive: false, lookup: guardedLookup(url, allowed, lookup) };
  return url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}

/**
 * What a connection to the host of a URL is to resolve it with: the answer that it connects to is the one that is
 * looked at, so that a name can't lead to one place for the check and to another for the connection.
 * @throws PublicAddressError for an address: a connection to one asks nobody to resolve it
 */
export function guardedLookup(
  url: URL,
  allowed: readonly string[],
  lookup = systemLookup as LookupFunction,
): LookupFunction {
  if (isAllowedHost(url, allowed)) return lookup;
  const host = bareHost(url.hostname);
  const problem = isIP(host) ? addressProblem(host) : undefined;
  if (problem) throw problem;
  return publicLookup(lookup);
}

/** Refuses a name as a whole when one of its addresses is not public. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (host, options, done) => {
    lookup(host, options, (error, address, family) => {
      const addresses = typeof address === 'string' ? [address] : (address ?? []).map((one) => one.address);
      const problem: PublicAddressError | undefined = error
        ? undefined
        : addresses.map(addressProblem).find((one) => one !== undefined);
      done(error ?? problem ?? null, address, family);
    });
  };
}

/** Public addresses of this machine lead to its own ports, those of this service among them. */
function addressProblem(address: string): PublicAddressError | undefined {
  const problem = refusal(address);
  if (problem) return problem;
  const own = Object.values(os.networkInterfaces()).flatMap((all) => all ?? []);
  if (!own.some((one) => one.address === address)) return undefined;
  return new PublicAddressError(`${address} is an address of this machine, and so is not a public address`);
}
