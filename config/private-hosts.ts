import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A connection was refused, because it leads to an address that is not public. */
export class PublicAddressError extends Error {
  override readonly name = 'PublicAddressError';
}

/** Public by its range, and yet the inside of a cloud: the wire server of Azure's machines. */
const INSIDE_CLOUDS = new Set(['168.63.129.16']);

/** All that is given out of IPv6: https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
const LOCALHOST = /(^|\.)localhost\.?$/;

/** What to do about an address that is refused, for the end of a sentence. */
export const ALLOW_PRIVATE_HOSTS =
  'such hosts can be reached only if tools.allow_private_hosts in the configuration names them';

/** The error to refuse an address with; undefined for public ones. Forms that carry an IPv4 address are not public. */
export function refusal(address: string): PublicAddressError | undefined {
  return isPublic(address) ? undefined : new PublicAddressError(`${address} is not a public address`);
}

/** Whether a URL leads to one of the hosts of `tools.allow_private_hosts`. */
export function isAllowedHost({ hostname, port, protocol }: URL, allowed: readonly string[]): boolean {
  const at = port || (protocol === 'https:' ? '443' : '80');
  const hosts = [hostname, bareHost(hostname)].flatMap((host) => [host, `${host}:${at}`]);
  return allowed.some((entry) => hosts.includes(entry.trim().toLowerCase()));
}

/**
 * Why no request to a URL will ever be let through, as far as that can be told without resolving its name; null where
 * it can't. Other names are looked at when a connection is made.
 */
export function privateHostIssue(text: string, allowed: readonly string[]): string | null {
  const url = URL.parse(text);
  if (!url || isAllowedHost(url, allowed)) return null;
  const host = bareHost(url.hostname);
  const isPrivate = isIP(host) ? refusal(host) !== undefined : LOCALHOST.test(host);
  return isPrivate ? `${url.host} is not a public address; ${ALLOW_PRIVATE_HOSTS}` : null;
}

/** A host as it is connected to: an IPv6 address without its brackets. */
export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address) || INSIDE_CLOUDS.has(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // what is no known range counts as unicast: ::127.0.0.1 written as ::7f00:1, for one
  return parsed instanceof ipaddr.IPv6 ? parsed.match(GLOBAL_UNICAST) : true;
}
