import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDataDir, dataDir, hostId } from '../../config/data-dir.ts';
import { ENV_VARIABLES, EnvError, envFlag, envNumber, envOneOf, envPort, envText } from '../../config/env.ts';
import { temporalTarget } from '../../config/temporal-connection.ts';
import { readSettings } from '../../runtime/options.ts';
import { cleanUp, newFolder } from './launcher-process.ts';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => cleanUp(folder));

describe('environment variables', () => {
  it('are named once each, and keys, passwords and URLs that hold them are secret', () => {
    const names = ENV_VARIABLES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const variable of ENV_VARIABLES)
      if (/API_KEY|DATABASE_URL|REDIS_URL/.test(variable.name))
        expect(variable).toHaveProperty('secret', true);
  });

  it('count as unset when empty, and then take their default', () => {
    expect(envPort('PORT', { PORT: ' ' })).toBe(8080);
    expect(envText('REDIS_URL', { REDIS_URL: '' })).toBeUndefined();
    expect(envFlag('TEMPORAL_TLS', {})).toBe(false);
  });

  it.each(['70000', '-1', '80.5', '0x50', 'http', '1e3'])(
    'refuse the port %s, naming the variable',
    (value) => {
      expect(() => envPort('TEMPORAL_PORT', { TEMPORAL_PORT: value })).toThrow(
        new EnvError(`TEMPORAL_PORT must be a whole number from 0 to 65535, but is "${value}".`),
      );
    },
  );

  it('refuse numbers out of range, unknown words and unclear flags', () => {
    const seconds = { ORCHESTRATOR_HEARTBEAT_SECONDS: '0.1' };
    const range = { min: 0.5, fraction: true };
    expect(() => envNumber('ORCHESTRATOR_HEARTBEAT_SECONDS', range, seconds)).toThrow(
      'ORCHESTRATOR_HEARTBEAT_SECONDS must be a number of at least 0.5, but is "0.1".',
    );
    expect(() => envOneOf('LOG_LEVEL', ['info', 'warn'], { LOG_LEVEL: 'loud' })).toThrow(
      'LOG_LEVEL must be one of info, warn, but is "loud".',
    );
    expect(() => envFlag('TEMPORAL_TLS', { TEMPORAL_TLS: 'maybe' })).toThrow(
      'TEMPORAL_TLS must be true or false',
    );
  });

  it('name a Temporal server with TLS and API key', () => {
    expect(temporalTarget({})).toEqual({ address: '127.0.0.1:7233', namespace: 'default' });
    const cloud = { TEMPORAL_ADDRESS: 'a.b:7233', TEMPORAL_NAMESPACE: 'n', TEMPORAL_API_KEY: 'k' };
    expect(temporalTarget(cloud)).toEqual({ address: 'a.b:7233', namespace: 'n', apiKey: 'k', tls: true });
    const missing = { TEMPORAL_TLS_CA: join(folder, 'ca.pem') };
    expect(() => temporalTarget(missing)).toThrow(
      `TEMPORAL_TLS_CA names ${folder}/ca.pem, which can't be read.`,
    );
  });
});

describe('the data folder', () => {
  it('has one name, whichever way it is reached, and is for its owner only', () => {
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    expect(createDataDir(join(folder, 'link')).root).toBe(join(folder, 'real'));
    expect(statSync(createDataDir(join(folder, 'made')).root).mode & 0o777).toBe(0o700);
  });

  it('keeps the id of the host', () => {
    const dir = createDataDir(folder);
    const id = hostId(dir);
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    expect(hostId(dir)).toBe(id);
    expect(readdirSync(folder).filter((name) => name.startsWith('host_id'))).toEqual(['host_id']);
  });

  it('has a socket path short enough for the system', () => {
    expect(dataDir('/data').notesSocket).toBe('/data/notes.sock');
    const long = dataDir(`/${'x'.repeat(120)}`).notesSocket;
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(107);
    expect(dataDir(`/${'x'.repeat(121)}`).notesSocket).not.toBe(long);
  });
});

describe('the arguments of the launcher', () => {
  it('win over the environment', () => {
    const args = ['--port', '9000', '--data-dir', 'here', '--host', '::1'];
    expect(readSettings(args, { PORT: '1', ORCHESTRATOR_DATA_DIR: 'there' })).toMatchObject({
      port: 9000,
      host: '::1',
      dataDir: 'here',
      temporalPort: 7233,
      temporalUiPort: 8233,
    });
  });

  it('are refused with the usage when unknown, and with the name when wrong', () => {
    expect(() => readSettings(['--prot', '1'], {})).toThrow(/Unknown option '--prot'[\s\S]*Usage: npm start/);
    expect(() => readSettings(['--port', 'x'], {})).toThrow('PORT must be a whole number from 0 to 65535');
    expect(readSettings(['--help', '--port', 'x'], {})).toBe('help');
  });
});
