/**
 * Quotes an argument of a command for a POSIX shell, so that a command which is printed can be copied.
 *
 * Source: POSIX.1-2024, Shell Command Language, 2.2.2 Single-Quotes.
 */
export function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** A command as it is printed: each argument quoted. */
export function shellCommand(...command: readonly string[]): string {
  return command.map(shellQuote).join(" ");
}
