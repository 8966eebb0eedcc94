/** A command as it is read: argv so that one sees where each argument ends. */
export const commandText = (command: string | readonly string[]): string =>
  typeof command === 'string'
    ? command
    : command.map((part) => (/^[\w./:=@%+,-]+$/.test(part) ? part : JSON.stringify(part))).join(' ');
