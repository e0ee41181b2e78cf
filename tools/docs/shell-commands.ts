/** The words of each command in a text of the shell, without assignments in front of it, comments and redirections. */
export function commandsIn(shell: string): string[][] {
  const joined = shell.replace(/\\\n\s*/g, " ");
  return joined.split("\n").flatMap((line) => {
    const commands: string[][] = [[]];
    for (const [token] of line.matchAll(/(?:"[^"]*"|'[^']*'|\\.|\$\([^)]*\)|[^\s|&;"'\\])+|\|\|?|&&?|;/g)) {
      if (token.startsWith("#")) break;
      if (/^[|&;]+$/.test(token)) commands.push([]);
      else commands.at(-1)?.push(token.replace(/["'\\]/g, ""));
    }
    return commands.map(withoutShell).filter((words) => words.length > 0);
  });
}

function withoutShell(words: readonly string[]): string[] {
  const first = words.findIndex((word) => !/^(\w+=|\$$)/.test(word));
  const command = first === -1 ? [] : words.slice(first);
  const redirection = command.findIndex((word) => /^\d?[<>]/.test(word) && !/^<\w[\w-]*>$/.test(word));
  return redirection === -1 ? command : command.slice(0, redirection);
}
