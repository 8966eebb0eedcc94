/**
 * How git gets a token. Arguments, variables, addresses and files of configuration could be read while git runs, or stay
 * behind. So the token waits in a pipe, descriptor 3, which the programs that git starts inherit (`GitOptions.secret`). The
 * helper is a line of shell: `read` takes one line off the pipe, and `printf` is part of the shell, so that the token is in
 * no process list. It stands in the arguments under the address it is for; git asks it for no other.
 */
export function tokenHelper(url: string, user: string): string[] {
  const { origin } = new URL(url);
  const helper = `!f() { test "$1" = get && IFS= read -r token <&3 && printf 'username=%s\\npassword=%s\\n' ${user} "$token"; }; f`;
  return ['-c', `credential.${origin}.helper=${helper}`];
}
