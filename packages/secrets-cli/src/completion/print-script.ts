import type { Command } from "commander";
import type { CommandContext } from "../program/command-context.ts";
import { createProgram } from "../program/run-program.ts";
import { UsageError } from "../program/usage-error.ts";

/*
 * The scripts pass the words to the program as they were typed. The scripts of the completion library evaluate them, so that
 * a command substitution would run at the press of a key.
 */

const bash = `_archestra_secrets() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(archestra-secrets complete --words -- \\
      "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _archestra_secrets archestra-secrets
`;

const zsh = `#compdef archestra-secrets
_archestra_secrets() {
  local line
  local -a found
  while IFS= read -r line; do
    [[ $line == :* ]] && continue
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(archestra-secrets complete --words -- \\
      "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then
    _describe 'archestra-secrets' found
  else
    _files
  fi
}
if [[ \${funcstack[1]} == _archestra_secrets ]]; then
  _archestra_secrets "$@"
else
  compdef _archestra_secrets archestra-secrets
fi
`;

const fish = `function __archestra_secrets_complete
  set -l words (commandline -opc)
  archestra-secrets complete --words -- $words[2..-1] (commandline -ct) 2>/dev/null \\
    | string match -v -r '^:'
end
complete -c archestra-secrets -f -a '(__archestra_secrets_complete)'
`;

/** Prints the script of a shell. */
export function printScript({ output }: CommandContext, shell: string): void {
  const script = scriptOf(shell);
  output.result({ shell, script }, (page) => {
    for (const line of script.trimEnd().split("\n")) page.exact(line);
  });
}

function scriptOf(shell: string): string {
  if (shell === "bash") return bash;
  if (shell === "zsh") return zsh;
  if (shell === "fish") return fish + optionsWithFiles().join("");
  throw new UsageError("Name the shell: bash, zsh or fish.");
}

/** fish completes files after the options that are named here alone; the other shells, wherever nothing else is found. */
function optionsWithFiles(): string[] {
  const names = new Set<string>();
  const collect = (command: Command): void => {
    for (const { long, flags } of command.options) {
      if (long != null && /<(file|module|path)>/.test(flags)) names.add(long.slice(2));
    }
    command.commands.forEach(collect);
  };
  collect(createProgram(() => async () => undefined));
  return [...names].map((name) => `complete -c archestra-secrets -l ${name} -r -F\n`);
}
