import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { runProgram } from "../src/index.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";
import { runOnTerminal } from "./support/terminal.ts";

/** Runs the program in this process, on streams that say that they are terminals. */
async function onTerminal(
  args: readonly string[],
  options: { env: Readonly<Record<string, string>>; columns?: number; typed?: string },
) {
  const texts = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof texts) => ({
    isTTY: true,
    columns: options.columns ?? 80,
    write: (content: string | Uint8Array) => {
      texts[name] += content;
    },
  });
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  stdin.end(options.typed ?? "");
  const exitCode = await runProgram(args, {
    stdin,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    env: options.env,
  });
  return { exitCode, ...texts };
}

test("an error is red on a terminal, without escaped colours in it, and plain with NO_COLOR", async () => {
  await using settings = sqliteSettings();
  const red = await onTerminal(["get", "nothing"], settings);
  expect(red.stderr).toBe("\u001b[31merror:\u001b[39m The secret does not exist.\n");
  const plain = await onTerminal(["get", "nothing"], { env: { ...settings.env, NO_COLOR: "1" } });
  expect(plain.stderr).toBe("error: The secret does not exist.\n");
});

test("a terminal without a size has 80 columns", async () => {
  await using settings = sqliteSettings();
  const { stdout } = await onTerminal(["list"], { ...settings, columns: 0 });
  expect(stdout).toBe("There are no secrets.\n");
});

test("an export on a terminal is complete, and no progress is shown between its lines", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  const secrets = { first: { token: "one" }, second: { token: "two" } };
  for (const [name, value] of Object.entries(secrets)) await manager.create(name, value);
  const { screen } = await runOnTerminal(["export"], { ...settings, columns: 80 });
  expect(JSON.parse(screen.lines.map(({ text }) => text).join(""))).toEqual(secrets);
});

test("values that are printed on a terminal cannot control it", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  await manager.create("app", { token: "one\u202etwo\u001b[2J" });
  for (const args of [["export"], ["export", "--format", "env"]]) {
    const { exitCode, stdout } = await onTerminal(args, settings);
    expect(exitCode).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(stdout).toContain("two");
  }
  const encrypted = await onTerminal(["export", "--passphrase"], settings);
  expect(encrypted).toMatchObject({ exitCode: 64, stdout: "" });
});

test("delete does what the answer to its question says", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  await manager.create("app", { token: "planted" });
  const declined = await onTerminal(["delete", "app"], { ...settings, typed: "\n" });
  expect(declined).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("Nothing was deleted") });
  expect(await manager.has("app")).toBe(true);
  expect(await onTerminal(["delete", "app"], { ...settings, typed: "y\n" })).toMatchObject({ exitCode: 0 });
  expect(await manager.has("app")).toBe(false);
});
