import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startAgent } from "../support/agents.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { modeOf } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

const env = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey };

test("without a URL, secrets are stored in the working directory, and a warning names the file and the risk", async () => {
  const folder = realpathSync(scratchFolder());
  const agent = await startAgent(folder);
  await agent.do("openAloud", env);
  await agent.do("set", "a", { b: "c" });
  await agent.do("close");
  const file = join(folder, ".archestra", "secrets.db");
  expect(modeOf(file)).toBe("600");
  expect(modeOf(join(folder, ".archestra"))).toBe("700");
  for (const words of [
    file,
    "persistent volume",
    "ARCHESTRA_DATABASE_URL",
    "ARCHESTRA_SECRETS_EMBEDDED_DATABASE",
  ]) {
    expect(agent.output).toContain(words);
  }
});

test("the warning is reported at every start, to the given logger", async () => {
  const folder = realpathSync(scratchFolder());
  const agent = await startAgent(folder);
  for (let start = 0; start < 2; start++) {
    expect(await agent.do("open", env)).toEqual([
      { code: "ARCHESTRA_SECRETS_EMBEDDED_DATABASE", path: join(folder, ".archestra", "secrets.db") },
    ]);
    await agent.do("close");
  }
});

test("the same file, requested by its URL, is used without a warning", async () => {
  const folder = scratchFolder();
  const agent = await startAgent(folder);
  const url = "sqlite:.archestra/secrets.db";
  expect(
    await agent.do("open", { ...env, ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_STRICT: "true" }),
  ).toEqual([]);
  expect(existsSync(join(folder, ".archestra", "secrets.db"))).toBe(true);
});

test.each(["sqlite:///", "file:///", "sqlite:/", "file:"])(
  "the URL %s… names an absolute path, escapes decoded",
  async (scheme) => {
    const file = join(scratchFolder(), "with space & 100%.db");
    const path = encodeURI(file).replace(/^\//, scheme.endsWith("/") ? "" : "/");
    const logger = recordedLogger();
    const manager = await startManager({ ...env, ARCHESTRA_DATABASE_URL: scheme + path }, { logger });
    expect(existsSync(file)).toBe(true);
    expect(manager.describe().location).toBe(`the SQLite database ${file}`);
    expect(logger.warnings).toEqual([]);
  },
);

test("a database in memory is gone with its manager", async () => {
  const memory = { ...env, ARCHESTRA_DATABASE_URL: "sqlite::memory:" };
  const manager = await startManager(memory);
  await manager.create("a", { b: 1 });
  expect((await manager.get("a"))?.value).toEqual({ b: 1 });
  await manager.close();
  expect(await (await startManager(memory)).has("a")).toBe(false);
});
