import { expect, test } from 'vitest';
import { ROUTE_ROLES } from '../../api/access/roles.ts';
import { buildProgram } from '../../cli/program.ts';
import { COMMANDS } from '../../contracts/command.ts';
import { COMMAND_ROUTES } from '../../contracts/command-routes.ts';

const routes = Object.entries(COMMAND_ROUTES);

test('every command has a route of its own, with a role', () => {
  expect(Object.keys(COMMAND_ROUTES).sort()).toEqual(Object.keys(COMMANDS).sort());
  const addresses = routes.map(([, { method, path }]) => `${method.toUpperCase()} ${path}`);
  expect(new Set(addresses).size).toBe(addresses.length);
  expect(ROUTE_ROLES).toMatchObject(
    Object.fromEntries(routes.map(([, { role }], index) => [addresses[index], role])),
  );
});

test('every verb is one of the command line', () => {
  const verbs = buildProgram().commands.map((command) => command.name());
  const named = routes.flatMap(([, { verb }]) => verb ?? []);
  expect(verbs).toEqual(expect.arrayContaining(named));
  expect(routes.filter(([, { verb }]) => verb === null).map(([name]) => name)).toEqual(['release_gates']);
});
