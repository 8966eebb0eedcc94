import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { commandEnvironment } from '../../activities/command/environment.ts';

const SERVICE = resolve(import.meta.dirname, '../..');
const run = { env: {}, context_file: '/c', artifacts_dir: '/a', job_id: 'j', task_id: 't', attempt: 1 };
const environment = (inherited: NodeJS.ProcessEnv) => commandEnvironment(run, 'r', inherited);

test('the tools that npm puts first for the service are not those of a command; its Node is', () => {
  const PATH = [
    join(SERVICE, 'node_modules/.bin'),
    join(SERVICE, '../node_modules/.bin'),
    '/node_modules/.bin',
    '/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin',
    '/srv/app/node_modules/.bin',
    '.',
    '/usr/bin',
  ].join(':');
  expect(environment({ PATH }).PATH).toBe(
    [join(SERVICE, 'node_modules/node/bin'), '/srv/app/node_modules/.bin', '/usr/bin'].join(':'),
  );
});

test('where certificates are is told, and no key', () => {
  const told = environment({ NODE_EXTRA_CA_CERTS: '/etc/ca.crt', PIP_CERT: '/etc/ca.crt', API_KEY: 'k' });
  expect(told).toMatchObject({ NODE_EXTRA_CA_CERTS: '/etc/ca.crt', PIP_CERT: '/etc/ca.crt' });
  expect(told).not.toHaveProperty('API_KEY');
});
