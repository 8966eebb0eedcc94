import { z } from 'zod';
import { Role } from '../../contracts/access.ts';
import type { Api } from '../access/caller.ts';
import { endpoint } from '../endpoint.ts';

const Me = z
  .object({
    owner: z.string().describe('owner of the jobs that you submit'),
    actor: z.string().describe('who you are in the journals of jobs'),
    role: Role.describe('admin while no key was ever made'),
  })
  .meta({ id: 'Me' });

/** `GET /me` */
export function meRoute(api: Api): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/me',
      operation_id: 'whoAmI',
      tag: 'Service',
      summary: 'Whose key was sent, and what it allows',
      answers: { 200: { description: 'you', schema: Me } },
    },
    (c) => c.json({ owner: c.get('owner'), actor: c.get('actor'), role: c.get('role') }),
  );
}
