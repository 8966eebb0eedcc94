import ipaddr from 'ipaddr.js';

/** A connection was refused, because it leads to an address that is not public. */
export class PublicAddressError extends Error {
  override readonly name = 'PublicAddressError';
}

/** Public by its range, and yet the inside of a cloud: the wire server of Azure's machines. */
const INSIDE_CLOUDS = new Set(['168.63.129.16']);

/** All that is given out of IPv6: https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** The error to refuse an address with; undefined for public ones. Forms that carry an IPv4 address are not public. */
export function refusal(address: string): PublicAddressError | undefined {
  return isPublic(address) ? undefined : new PublicAddressError(`${address} is not a public address`);
}

function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address) || INSIDE_CLOUDS.has(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  // what is no known range counts as unicast: ::127.0.0.1 written as ::7f00:1, for one
  return parsed instanceof ipaddr.IPv6 ? parsed.match(GLOBAL_UNICAST) : true;
}
