import type { CommandRole } from '../../contracts/repository/spec.ts';
import type { RepositoryCommand } from '../../contracts/repository/view.ts';

/** What lies at the root of a repository, as far as it tells how it is built. */
export interface RootFiles {
  /** names of files and folders */
  names: ReadonlySet<string>;
  /** texts of those of {@link TELLING_FILES} that are there */
  texts: Partial<Record<string, string>>;
}

/** Files whose contents are looked at. */
export const TELLING_FILES = [
  'package.json',
  'yarn.lock',
  'pyproject.toml',
  'setup.cfg',
  'tox.ini',
  'GNUmakefile',
  'makefile',
  'Makefile',
] as const;

export type Commands = Partial<Record<CommandRole, string | null>>;

export interface DecidedCommands {
  commands: Record<CommandRole, RepositoryCommand>;
  warnings: string[];
}

const ROLES: readonly CommandRole[] = ['setup', 'check', 'lock'];

/**
 * The commands of a job in a repository: each from the submission, else from the repository's own file, else found. All that are
 * found are of one kind: the first that has a check, else the first there is.
 * @param given null: none is wanted; left out: look further
 */
export function decideCommands(given: Commands, file: Commands, root: RootFiles): DecidedCommands {
  const kinds = KINDS.flatMap((kind) => kind(root) ?? []);
  const checked = kinds.filter(({ check }) => check !== null);
  const found = checked[0] ?? kinds[0];
  const decide = (role: CommandRole): RepositoryCommand => {
    if (given[role] !== undefined) return { command: given[role], source: 'submission' };
    if (file[role] !== undefined) return { command: file[role], source: 'file' };
    const command = found?.[role] ?? null;
    return { command, source: command === null ? 'none' : 'found' };
  };
  const commands = Object.fromEntries(
    ROLES.map((role) => [role, decide(role)]),
  ) as DecidedCommands['commands'];
  const others = checked.slice(1).map(({ check, told_by }) => `\`${check}\` (${told_by})`);
  const warnings =
    commands.check.source === 'found' && others.length > 0
      ? [
          `The check that was found is \`${commands.check.command}\` (${found!.told_by}); there is also ${others.join(', ')}. Give check_command where more than one is to decide.`,
        ]
      : [];
  return { commands, warnings };
}

interface Kind extends Record<CommandRole, string | null> {
  /** the file that it was found by */
  told_by: string;
}

/** How a repository of one kind is built and tested; null: it is none. */
type FindKind = (root: RootFiles) => Kind | null;

/** In the order in which they are asked. */
const KINDS: readonly FindKind[] = [node, python, go, rust, make];

interface PackageJson {
  scripts?: Record<string, unknown>;
  packageManager?: unknown;
  dependencies?: unknown;
  devDependencies?: unknown;
}

/** What `npm init` writes. */
const NO_TEST = /^echo (["'])?Error: no test specified\1? && exit 1$/;

function node({ names, texts }: RootFiles): Kind | null {
  if (!names.has('package.json')) return null;
  const manifest = parsed(texts['package.json']);
  const test = manifest.scripts?.test;
  const tested = typeof test === 'string' && test.trim() !== '' && !NO_TEST.test(test.trim());
  const kind = (check: string, setup: string | null, lock: string | null): Kind => ({
    told_by: 'package.json',
    check: tested ? check : null,
    setup,
    lock,
  });
  switch (packageManager(manifest, names)) {
    case 'npm':
      return kind('npm test', 'npm ci', 'npm install --package-lock-only --ignore-scripts');
    case 'pnpm':
      return kind(
        'pnpm test',
        'pnpm install --frozen-lockfile',
        'pnpm install --lockfile-only --ignore-scripts',
      );
    case 'yarn':
      return /^# yarn lockfile v1$/m.test(texts['yarn.lock'] ?? '')
        ? kind('yarn test', 'yarn install --frozen-lockfile', 'yarn install --ignore-scripts')
        : kind('yarn test', 'yarn install --immutable', 'yarn install --mode update-lockfile');
    case 'bun':
      return kind('bun run test', 'bun install --frozen-lockfile', 'bun install --lockfile-only');
    case null: {
      const needs = [manifest.dependencies, manifest.devDependencies].some(
        (list) => typeof list === 'object' && list !== null && Object.keys(list).length > 0,
      );
      return kind('npm test', needs ? 'npm install --no-package-lock' : null, null);
    }
  }
}

const LOCKS = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
  bun: ['bun.lock', 'bun.lockb'],
} as const;
type PackageManager = keyof typeof LOCKS;

/** The one whose lock file is there; of several the one that the package names. Null: none has locked it. */
function packageManager(manifest: PackageJson, names: ReadonlySet<string>): PackageManager | null {
  const locked = (Object.keys(LOCKS) as PackageManager[]).filter((name) =>
    LOCKS[name].some((file) => names.has(file)),
  );
  const named = typeof manifest.packageManager === 'string' ? manifest.packageManager.split('@')[0] : '';
  return locked.find((name) => name === named) ?? locked[0] ?? null;
}

/** An object with what it has of a manifest; empty where it can't be read. */
function parsed(text: string | undefined): PackageJson {
  try {
    const value: unknown = JSON.parse(text?.replace(/^\uFEFF/, '') ?? '');
    if (typeof value !== 'object' || value === null) return {};
    const { scripts } = value as PackageJson;
    return typeof scripts === 'object' && scripts !== null ? value : { ...value, scripts: {} };
  } catch {
    return {};
  }
}

const PYTHON = [
  'pyproject.toml',
  'setup.py',
  'setup.cfg',
  'requirements.txt',
  'Pipfile',
  'uv.lock',
  'poetry.lock',
];

function python({ names, texts }: RootFiles): Kind | null {
  const configured =
    ['pytest.ini', 'conftest.py'].find((name) => names.has(name)) ??
    Object.entries({
      'pyproject.toml': '[tool.pytest',
      'setup.cfg': '[tool:pytest]',
      'tox.ini': '[pytest]',
    }).find(([name, mark]) => texts[name]?.includes(mark))?.[0];
  const project = PYTHON.find((name) => names.has(name));
  const told_by = configured ?? project;
  if (told_by === undefined) return null;
  const tested = configured !== undefined || names.has('tests') || names.has('test');
  if (names.has('uv.lock')) {
    return { told_by: 'uv.lock', setup: 'uv sync', check: tested ? 'uv run pytest' : null, lock: 'uv lock' };
  }
  if (names.has('poetry.lock')) {
    const check = tested ? 'poetry run pytest' : null;
    return { told_by: 'poetry.lock', setup: 'poetry install', check, lock: 'poetry lock' };
  }
  return { told_by, setup: null, check: tested ? 'python3 -m pytest' : null, lock: null };
}

function go({ names }: RootFiles): Kind | null {
  if (!names.has('go.mod')) return null;
  return {
    told_by: 'go.mod',
    setup: null,
    check: 'go test ./...',
    lock: names.has('go.sum') ? 'go mod tidy' : null,
  };
}

function rust({ names }: RootFiles): Kind | null {
  if (!names.has('Cargo.toml')) return null;
  const lock = names.has('Cargo.lock') ? 'cargo generate-lockfile' : null;
  return { told_by: 'Cargo.toml', setup: null, check: 'cargo test', lock };
}

function make({ names, texts }: RootFiles): Kind | null {
  // in the order in which make looks for them
  const told_by = ['GNUmakefile', 'makefile', 'Makefile'].find((name) => names.has(name));
  if (told_by === undefined || !hasTarget(texts[told_by] ?? '', 'test')) return null;
  return { told_by, setup: null, check: 'make test', lock: null };
}

/** Whether a makefile has a rule for the target, in a line of its own or among others. */
const hasTarget = (makefile: string, target: string): boolean =>
  makefile.split('\n').some((line) => {
    const colon = line.indexOf(':');
    if (colon < 0 || line.startsWith('\t') || /^::?:?=/.test(line.slice(colon))) return false;
    return line.slice(0, colon).trim().split(/\s+/).includes(target);
  });
