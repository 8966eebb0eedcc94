import { z } from 'zod';

/** What a program that runs on a host may reach of the network, from least to most. */
export const NetworkAccess = z.enum(['none', 'allow-list', 'open']);
export type NetworkAccess = z.infer<typeof NetworkAccess>;

/** What guards a program: `none`, it runs as the worker's user and can do what that user can. */
export const SandboxKind = z.enum(['bubblewrap', 'none']).meta({ id: 'SandboxKind' });
export type SandboxKind = z.infer<typeof SandboxKind>;
