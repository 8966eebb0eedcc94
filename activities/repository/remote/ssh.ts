/**
 * The command by which git reaches a host over ssh: with this key and these host keys alone, by no configuration and no
 * agent of this user, and without questions.
 */
export function sshCommand({ key, known_hosts }: { key: string; known_hosts: string }): string {
  const options = [
    `IdentityFile=${file(key)}`,
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    `UserKnownHostsFile=${file(known_hosts)}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    'ClearAllForwardings=yes',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=4',
  ];
  return [...['ssh', '-F', '/dev/null'], ...options.map((option) => `-o${option}`)].map(quoted).join(' ');
}

/** As a value of an option: ssh takes spaces for the end of one file, and a percent sign for what it puts in. */
const file = (path: string): string => `"${path.replaceAll('%', '%%')}"`;

/** As one word of a shell. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
