import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { obtainOrSkip } from "@archestra/test-servers/server-unavailable";
import { findShell } from "@archestra/test-servers/shells";
import { describe, expect, test } from "vitest";
import { completedFolder } from "./completed-folder.ts";

const execute = promisify(execFile);
const zsh = await obtainOrSkip("the tests of completion in zsh", () => findShell("zsh"));
const fish = await obtainOrSkip("the tests of completion in fish", () => findShell("fish"));

/** What an interactive zsh reads at its start: Tab inserts the next match, Ctrl-X reports the line and clears it. */
const interactive = `
PROMPT='> '
autoload -Uz compinit && compinit -D -u
source ./script.zsh
source ./script.zsh
report() { print -r -- "$BUFFER" >> reported; BUFFER= }
zle -N report
bindkey '^I' menu-complete
bindkey '^X' report
zle-line-init() { : > ready }
zle -N zle-line-init
`;

/** Types lines into an interactive zsh on a pseudo terminal, each after the report of the one before. */
const driver = `
zmodload zsh/zpty
zpty terminal "zsh -f -i"
zpty -w terminal 'source ./interactive.zsh'
reads() { zpty -r -t terminal output; sleep 0.02 }
until [[ -e ready ]]; do reads; done
typeset -i typed=0
for line in "$@"; do
  typed+=1
  zpty -n -w terminal "$line"$'\\x18'
  until [[ -e reported && $(wc -l < reported) -ge $typed ]]; do reads; done
done
zpty -d terminal
`;

describe.skipIf(zsh === undefined)("the script of zsh, in a real zsh on a pseudo terminal", () => {
  test("completes commands, options and files, and evaluates nothing that was typed", async () => {
    const { folder, env } = await completedFolder("zsh");
    writeFileSync(join(folder, "interactive.zsh"), interactive);
    writeFileSync(join(folder, "driver.zsh"), driver);
    const typed = [
      "archestra-secrets schema p\t",
      "archestra-secrets schema p\t\t",
      "archestra-secrets list --lim\t",
      "archestra-secrets get '$(touch evaluated)' --rev\t",
      "archestra-secrets get $(touch evaluated) --rev\t",
      "archestra-secrets list --env-file set\t",
    ];
    await execute(zsh ?? "", ["-f", "driver.zsh", ...typed], { cwd: folder, env, timeout: 120_000 });
    const reported = readFileSync(join(folder, "reported"), "utf8").trimEnd().split("\n");
    expect(reported.map((line) => line.trimEnd())).toEqual([
      "archestra-secrets schema pending",
      "archestra-secrets schema print",
      "archestra-secrets list --limit",
      "archestra-secrets get '$(touch evaluated)' --reveal",
      "archestra-secrets get $(touch evaluated) --reveal",
      "archestra-secrets list --env-file settings.env",
    ]);
    expect(existsSync(join(folder, "evaluated"))).toBe(false);
  });

  test("completes from a folder of completion functions, where the first line declares it", async () => {
    const { folder, env } = await completedFolder("zsh");
    const script = readFileSync(join(folder, "script.zsh"), "utf8");
    writeFileSync(join(folder, "_archestra_secrets"), script);
    writeFileSync(join(folder, "script.zsh"), "");
    const withFolder = interactive.replace("autoload", "fpath=($PWD $fpath)\nautoload");
    writeFileSync(join(folder, "interactive.zsh"), withFolder);
    writeFileSync(join(folder, "driver.zsh"), driver);
    const typed = ["archestra-secrets rot\t", "archestra-secrets rotate ver\t"];
    await execute(zsh ?? "", ["-f", "driver.zsh", ...typed], { cwd: folder, env, timeout: 120_000 });
    const reported = readFileSync(join(folder, "reported"), "utf8").trimEnd().split("\n");
    expect(reported.map((line) => line.trimEnd())).toEqual([
      "archestra-secrets rotate",
      "archestra-secrets rotate verify",
    ]);
  });
});

describe.skipIf(fish === undefined)("the script of fish, in a real fish", () => {
  test("completes commands, options and files, and evaluates nothing that was typed", async () => {
    const { folder, env } = await completedFolder("fish");
    const complete = async (line: string) => {
      const steps = "source script.fish; source script.fish; complete -C $argv[1]";
      const args = ["--no-config", "-c", steps, "--", line];
      const { stdout } = await execute(fish ?? "", args, { cwd: folder, env, timeout: 120_000 });
      return stdout
        .trimEnd()
        .split("\n")
        .map((match) => match.split("\t")[0]);
    };
    expect(await complete("archestra-secrets schema p")).toEqual(["pending", "print"]);
    expect(await complete("archestra-secrets list --lim")).toEqual(["--limit"]);
    expect(await complete("archestra-secrets get '$(touch evaluated)' --rev")).toEqual(["--reveal"]);
    expect(await complete("archestra-secrets get $(touch evaluated) --rev")).toEqual(["--reveal"]);
    expect(await complete("archestra-secrets list --env-file set")).toEqual(["settings.env"]);
    expect(existsSync(join(folder, "evaluated"))).toBe(false);
  });
});
