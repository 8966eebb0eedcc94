import { z } from 'zod';

/** What a key allows: a viewer reads, an operator also submits and steers, an admin does it with everybody's jobs. */
export const Role = z.enum(['viewer', 'operator', 'admin']).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

/** Whether a role allows all that another one does. */
export const isAtLeast = (role: Role, needed: Role): boolean =>
  Role.options.indexOf(role) >= Role.options.indexOf(needed);

/** Whose jobs somebody is: a name that stands in lists, filters and events. */
export const OwnerName = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u,
    'use 1 to 64 letters, digits or . _ @ -, a letter or digit first',
  );

/** What a key is for, in a few words. */
export const KeyName = z.string().trim().max(100, 'use at most 100 characters');
