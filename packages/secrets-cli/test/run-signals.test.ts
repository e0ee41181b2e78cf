import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sqliteSettings } from "./support/sqlite-settings.ts";
import { startProgram } from "./support/started-program.ts";

/** A command of the shell that shows every signal, and ends itself at SIGTERM. */
const showing = (more: string, wait = "sleep 0.05") =>
  `for s in INT QUIT HUP USR1 USR2 WINCH; do trap "echo got $s" $s; done; ${more}; while :; do ${wait}; done`;

async function settingsWithSecret() {
  const settings = sqliteSettings();
  const manager = await settings.open();
  await manager.create("app", { token: "planted one" });
  return { settings, manager, [Symbol.asyncDispose]: () => settings[Symbol.asyncDispose]() };
}

test("run passes each signal on once, and the exit code of a command that SIGTERM ends", async () => {
  await using given = await settingsWithSecret();
  const script = showing('trap "echo got TERM; exit 9" TERM; echo ready');
  const program = startProgram(["run", "A=app#token", "--", "sh", "-c", script], given.settings);
  await program.shows("ready");
  for (const name of ["INT", "QUIT", "HUP", "USR1", "USR2", "WINCH", "INT", "TERM"] as const) {
    const times = program.output.split(`got ${name}`).length;
    program.kill(`SIG${name}`);
    await program.shows(`got ${name}`, times);
  }
  expect(await program.ended).toBe(9);
  expect(program.output.split("got INT")).toHaveLength(3);
});

test("run ends with 128 and the number of the signal that ended the command", async () => {
  await using given = await settingsWithSecret();
  const program = startProgram(
    ["run", "A=app#token", "--", "sh", "-c", "echo ready; exec sleep 100"],
    given.settings,
  );
  await program.shows("ready");
  program.kill("SIGHUP");
  expect(await program.ended).toBe(129);
});

test("run --restart-on-change restarts the command with the new value, and keeps it when a read fails", async () => {
  await using given = await settingsWithSecret();
  const { settings, manager } = given;
  const script = 'echo "value $A"; exec sleep 100';
  const args = ["run", "A=app#token", "--restart-on-change", "--interval", "0.1", "--", "sh", "-c", script];
  const program = startProgram(args, settings);
  await program.shows("value planted one\n");
  await manager.set("app", { token: "planted two", other: "does not matter" });
  await program.shows("value planted two\n");
  expect(program.output).toContain("The secrets changed (A).");

  await manager.delete("app");
  await program.shows("could not be read again");
  await manager.set("app", { token: "planted two" });
  await manager.set("app", { token: "planted three" });
  await program.shows("value planted three\n");
  expect(program.output.split("value ")).toHaveLength(4);
  program.kill("SIGTERM");
  expect(await program.ended).toBe(143);
});

test("run --restart-on-change kills a command that ignores SIGTERM after the time of grace", async () => {
  await using given = await settingsWithSecret();
  const { settings, manager } = given;
  const script = showing('[ "$A" = "planted two" ] && exit 4; trap "echo got TERM" TERM; echo ready');
  const options = ["--restart-on-change", "--interval", "0.1", "--grace", "0.5"];
  const program = startProgram(["run", "A=app#token", ...options, "--", "sh", "-c", script], settings);
  await program.shows("ready");
  await manager.set("app", { token: "planted two" });
  await program.shows("got TERM");
  expect(await program.ended).toBe(4);
});

test("run --restart-on-change ends with the command", async () => {
  await using given = await settingsWithSecret();
  const options = ["--restart-on-change", "--interval", "3600"];
  const program = startProgram(
    ["run", "A=app#token", ...options, "--", "sh", "-c", "exit 5"],
    given.settings,
  );
  expect(await program.ended).toBe(5);
});

test("run ends at a signal that comes while it reads, and starts nothing", async () => {
  // Accepts requests and never answers.
  await using silent = createServer(() => {});
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const env = {
    ARCHESTRA_HASHICORP_VAULT_ADDR: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    ARCHESTRA_HASHICORP_VAULT_TOKEN: "planted",
  };
  const program = startProgram(["run", "A=vault:secret/app#token", "--", "echo", "started"], { env });
  await once(silent, "request");
  program.kill("SIGTERM");
  expect(await program.ended).toBe(143);
  expect(program.output).toContain("The program was interrupted");
  expect(program.output).not.toMatch(/^started|planted/m);
});

const python = spawnSync("python3", ["-c", "import pty"]).status === 0;

test.skipIf(!python)(
  "run does not send the interrupt of a terminal to the command a second time",
  async () => {
    await using given = await settingsWithSecret();
    const bin = join(import.meta.dirname, "../dist/bin.js");
    const script = showing('trap "echo got TERM; exit 9" TERM; echo ready', "read line");
    // Types Ctrl+C at a terminal. The second interrupt is as late as one that is passed on can be.
    const typist = `
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
shown = b""
def until(text):
    global shown
    while text not in shown: shown += os.read(terminal, 1000)
until(b"ready")
os.write(terminal, b"\\x03")
until(b"got INT")
os.kill(pid, signal.SIGINT)
os.kill(pid, signal.SIGTERM)
until(b"got TERM")
print(shown.decode(), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
    const shown = execFileSync(
      "python3",
      ["-c", typist, process.execPath, bin, "run", "A=app#token", "--", "sh", "-c", script],
      { encoding: "utf8", env: { PATH: process.env.PATH ?? "", ...given.settings.env } },
    );
    expect(shown.split("got INT")).toHaveLength(2);
    expect(shown.trim()).toMatch(/ 9$/);
  },
);
