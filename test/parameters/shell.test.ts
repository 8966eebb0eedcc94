import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filledCommand } from '../../core/parameters/command.ts';

const X = '{{ parameters.x }}';
const CANARY = 'canary';
/** Values that change what a command does wherever they are pasted into it. */
const HOSTILE = [
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `'; touch ${CANARY}; '`,
  `"; touch ${CANARY}; "`,
  `; touch ${CANARY}\n#`,
  `\ntouch ${CANARY}\n`,
  `a[$(touch ${CANARY})]`,
  `\${IFS}&&touch\${IFS}${CANARY}`,
  `EOF\ntouch ${CANARY}\nEOF`,
  `') touch ${CANARY} ;;`,
  '*',
  ' two  words\t',
  '-n',
  '',
  '\\',
  'ünï 💥',
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-shell-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fill = (command: string | string[], value = 'value') =>
  filledCommand(command, {
    root: 'parameters',
    valueOf: () => value,
    variableOf: (name) => `ORCHESTRATOR_PARAMETER_${name}`,
  });

function run(shell: string, command: string, value: string): string {
  const filled = fill(command, value);
  expect(filled.issues).toEqual([]);
  const { stdout } = spawnSync(shell, ['-c', filled.command as string], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...filled.env },
    encoding: 'utf8',
  });
  return stdout;
}

describe.each(['sh', 'bash'])('%s takes a value for what it is', (shell) => {
  test.each([
    ['unquoted', `printf '<%s>' ${X}`, (value: string) => `<${value}>`],
    ['in double quotes', `printf '<%s>' "a ${X} b"`, (value: string) => `<a ${value} b>`],
    ['beside text', `printf '<%s>' a${X}b`, (value: string) => `<a${value}b>`],
    ['twice', `printf '<%s>' ${X}${X}`, (value: string) => `<${value}${value}>`],
    ['in a variable', `y=${X}; printf '<%s>' "$y"`, (value: string) => `<${value}>`],
    ['in a substitution', `printf '<%s>' "$(printf '%s' ${X}; printf .)"`, (value: string) => `<${value}.>`],
    [
      'in a substitution in quotes',
      `printf '<%s>' "$(printf '%s.' "${X}")"`,
      (value: string) => `<${value}.>`,
    ],
    ['in a list', `(printf '<%s>' ${X}) | cat`, (value: string) => `<${value}>`],
    ['after a quote of another kind', `printf '<%s>' 'it'"'"'s '${X}`, (value: string) => `<it's ${value}>`],
    ['after a comment with a quote', `# don't\nprintf '<%s>' ${X}`, (value: string) => `<${value}>`],
    [
      'after a here-document',
      `cat <<'E O'\nit's\nE O\nprintf '<%s>' ${X}`,
      (value: string) => `it's\n<${value}>`,
    ],
    ['as an argument of a script', `sh -c 'printf "<%s>" "$1"' - ${X}`, (value: string) => `<${value}>`],
    ['in case', `case a in a) printf '<%s>' ${X} ;; esac`, (value: string) => `<${value}>`],
    ['in braces', `{ printf '<%s>' ${X}; }`, (value: string) => `<${value}>`],
  ])('%s', (_where, command, shown) => {
    for (const value of HOSTILE) expect(run(shell, command, value)).toBe(shown(value));
    expect(existsSync(join(folder, CANARY))).toBe(false);
  });
});

test.each([
  [`echo '${X}'`, 'single quotes'],
  [`echo $'${X}'`, 'single quotes'],
  [`echo "$(echo '${X}')"`, 'single quotes'],
  [`cat <<EOF\n${X}\nEOF`, 'here-document'],
  [`cat <<-'EOF'\n\t${X}\n\tEOF`, 'here-document'],
  [`cat <<A <<B\na\nA\n${X}\nB\n`, 'here-document'],
  [`echo \`echo ${X}\``, 'backquotes'],
  [`echo \${y:-${X}}`, '${ }'],
  [`echo "\${y:-"}${X}"}"`, '${ }'],
  [`echo $((1 + ${X}))`, 'arithmetic'],
  [`((y = ${X}))`, 'arithmetic'],
  [`[[ ${X} -eq 1 ]]`, '[[ ]]'],
  [`eval echo ${X}`, 'eval'],
  [`sh -c "echo ${X}"`, 'sh'],
  [`sudo /bin/bash -lc ${X}`, 'bash'],
  [`"sh" "-c" ${X}`, 'sh'],
  [`$SHELL -c ${X}`, '$SHELL'],
  [`python3 -c "print(${X})"`, 'python3'],
  [`node --eval=${X}`, 'node'],
  [`awk "/${X}/"`, 'awk'],
  [`sed -i "s/a/${X}/" file`, 'sed'],
  [`ssh host echo ${X}`, 'ssh'],
  [`let y=${X}`, 'let'],
  [`declare -i y; y=${X}`, 'declare -i'],
  [`f() { local -ri y=${X}; }`, 'declare -i'],
  [`declare -a y="${X}"`, 'declare -i'],
  [`declare ${X}=1`, 'declare'],
  [`y[${X}]=1`, 'subscript'],
  [`y["${X}"]=1`, 'subscript'],
  [`read ${X}`, 'read'],
  [`unset "${X}"`, 'unset'],
  [`printf -v ${X} y`, 'printf'],
  [`[ -v ${X} ]`, '['],
  [`echo $${X}`, 'without the $'],
  [`echo \\${X}`, 'backslash'],
  [`echo # ${X}`, 'comment'],
  [`echo "$(case a in a) echo ${X};; esac)"`, 'case'],
  [`cat <<${X}\nx\n`, 'here'],
])('%s is refused, with the reason', (command, why) => {
  expect(fill(command).issues.join()).toContain(why);
});

test('a script may be named by a value that is no option', () => {
  for (const command of [`node ${X}`, `sh "${X}"/run.sh`, ['python3', `${X}/run.py`]]) {
    expect(fill(command, '/srv').issues).toEqual([]);
    expect(fill(command, '--eval=1').issues.join()).toContain('may read it as code');
  }
});

test.each([
  [`grep -e ${X} file`],
  [`python3 -m pytest ${X}`],
  [`node build.js ${X}`],
  [`npm test -- ${X}`],
  [`[ ${X} -eq 1 ]`],
  [`cat <<< ${X}`],
  [`export Y=${X}; local_y=${X}`],
  [`echo a | grep -v ${X}`],
])('%s is not', (command) => {
  expect(fill(command).issues).toEqual([]);
});

test('an argument takes a value as it is, except where a program reads it as code', () => {
  for (const value of HOSTILE) {
    expect(fill(['npm', 'run', X, `--tag=${X}`], value)).toEqual({
      command: ['npm', 'run', value, `--tag=${value}`],
      env: {},
      issues: [],
    });
  }
  expect(fill(['sh', '-c', `echo ${X}`]).issues.join()).toContain('sh');
  expect(fill(['/usr/bin/python3', '-c', X]).issues.join()).toContain('python3');
  expect(fill(['sh', '-c', 'echo "$1"', '-', X]).issues).toEqual([]);
});

const TOKENS = [
  ...[
    'declare ',
    'declare -i y ',
    'let ',
    'read ',
    'unset ',
    'y[',
    ']=',
    '-v ',
    'printf -v ',
    'export ',
    'local ',
  ],
  ...[
    X,
    X,
    X,
    ' ',
    ' ',
    '\n',
    ';',
    '|',
    '&&',
    '(',
    ')',
    '{ ',
    ' }',
    '"',
    "'",
    '\\',
    '`',
    '$',
    '$(',
    '${y:-',
    '}',
    '))',
  ],
  ...[
    '$((',
    '((',
    '[[ ',
    ' ]]',
    '<<E\n',
    '\nE\n',
    "<<'E'\n",
    '<<<',
    '#',
    ' # ',
    'case a in a) ',
    ';; esac',
    'y=',
    '>',
    '<',
  ],
  ...[
    'printf %s ',
    ':',
    ' if :; then ',
    ' fi',
    ' for y in ',
    ' do ',
    ' done',
    'a',
    '*',
    '[ ',
    ' ] ',
    ' -eq 1',
    '!',
    ' case ',
  ],
];

test('whatever a command is made of, no value that it takes is ever read as code', () => {
  const commands = fc
    .array(fc.constantFrom(...TOKENS), { minLength: 2, maxLength: 14 })
    .map((parts) => parts.join(''));
  let taken = 0;
  fc.assert(
    fc.property(commands, fc.constantFrom(...HOSTILE.slice(0, 10)), (command, value) => {
      const filled = fill(command, value);
      if (!command.includes(X) || filled.issues.length > 0) return;
      taken += 1;
      for (const shell of ['sh', 'bash']) {
        spawnSync(shell, ['-c', filled.command as string], {
          ...{ cwd: folder, env: { PATH: '/usr/bin:/bin', ...filled.env }, input: '', timeout: 5000 },
        });
        if (existsSync(join(folder, CANARY)))
          throw new Error(`${shell} ran what stands in a value: ${filled.command}`);
      }
    }),
    { numRuns: Number(process.env.RUNS ?? 400) },
  );
  expect(taken).toBeGreaterThan(20);
});
