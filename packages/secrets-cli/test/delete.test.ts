import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

test("delete asks, and without a terminal it needs --yes", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  await manager.create("$(touch x)", { token: "planted-value" });

  const refused = await runProgram(["delete", "$(touch x)"], settings);
  expect(refused).toMatchObject({ exitCode: 64, stdout: "", stderr: expect.stringContaining("--yes") });
  expect(await manager.has("$(touch x)")).toBe(true);

  const { exitCode, stdout } = await runProgram(["delete", "$(touch x)", "--yes", "--json"], settings);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, result: { name: "$(touch x)", deleted: true } });
  expect(await manager.has("$(touch x)")).toBe(false);
});

test("delete ends with 3 when there is no secret, and with a conflict when it has another version", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  const { version } = await manager.create("github", { token: "planted-value" });
  await manager.set("github", { token: "planted-later" });

  const late = await runProgram(["delete", "github", "--yes", "--if-version", String(version)], settings);
  expect(late).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("CONFLICT") });
  expect(late.stderr).not.toContain("planted");
  expect(await runProgram(["delete", "nothing", "--yes"], settings)).toMatchObject({ exitCode: 3 });
  expect(await runProgram(["delete", "nothing"], settings)).toMatchObject({ exitCode: 3 });
});
