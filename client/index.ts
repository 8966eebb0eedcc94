/** The client of the REST API, for programs of others: `npm run pack:client` makes a package of it. */
export { type ApiAddress, type ApiClient, createClient, dataOf, jsonOf, type Schemas } from './client.ts';
export { ApiError, UnreachableError } from './errors.ts';
export { type FollowOptions, follow, type LiveNote, type StreamItem } from './follow.ts';
