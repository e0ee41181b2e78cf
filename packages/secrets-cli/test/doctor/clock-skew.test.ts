import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { describe, expect, inject, test } from "vitest";
import { runProgram } from "../support/program.ts";
import { filledDatabase, newDatabase, type Variables, withManager } from "./broken-setup.ts";

/*
 * The servers share the clock of this machine, which a test must not change. So the clock of the program alone is another one:
 * a module is loaded before it that moves `Date`.
 */
function withClock(folder: string, seconds: number): Variables {
  const module = join(folder, "clock.mjs");
  writeFileSync(
    module,
    `const now = Date.now;
     globalThis.Date = class extends Date {
       constructor(...args) { super(...(args.length === 0 ? [now() + ${seconds * 1_000}] : args)); }
       static now() { return now() + ${seconds * 1_000}; }
     };`,
  );
  return { NODE_OPTIONS: `--import=${module}` };
}

async function findingsOf(env: Variables) {
  const { exitCode, stdout } = await runProgram(["doctor", "--json"], { env });
  const { findings, stores } = JSON.parse(stdout).result;
  const about = findings.map(({ code, severity, store }: Record<string, string>) => ({
    code,
    severity,
    store,
  }));
  return { exitCode, about, findings, stores };
}

const skewOf = (store: string) => [{ code: "CLOCK_SKEW", severity: "degraded", store }];

describe.skipIf(inject("postgresUrl") === undefined)("PostgreSQL", () => {
  test("doctor finds that the clocks of this machine and of the database differ, in either direction", async () => {
    const { folder, env: sqlite } = newDatabase();
    const env = {
      ...sqlite,
      ARCHESTRA_DATABASE_URL: inject("postgresUrl") ?? "",
      ARCHESTRA_DATABASE_SCHEMA: `clock_${randomUUID().replaceAll("-", "")}`,
    };
    await withManager(env, (manager) => manager.create("first", { token: "planted" }));
    expect(await findingsOf(env)).toMatchObject({ exitCode: 0, about: [] });
    for (const [seconds, direction] of [
      [600, "ahead of"],
      [-600, "behind"],
    ] as const) {
      const { exitCode, about, findings, stores } = await findingsOf({
        ...env,
        ...withClock(folder, seconds),
      });
      expect({ exitCode, about }, direction).toEqual({ exitCode: 1, about: skewOf("DB") });
      expect(findings[0].message).toMatch(
        new RegExp(`clock is (59\\d|60\\d) s ${direction} the clock of the database`),
      );
      const [{ facts }] = stores;
      // The server's clock minus that of this machine.
      expect(Math.abs(facts.clockSkewSeconds + seconds)).toBeLessThan(10);
    }
  });
});

describeVault("Vault", () => {
  test("doctor finds that the clocks of this machine and of Vault differ, in either direction", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const { env: database, folder } = await filledDatabase();
    const env = {
      ...database,
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: server.rootToken,
    };
    expect(await findingsOf(env)).toMatchObject({ exitCode: 0, about: [] });
    for (const [seconds, direction] of [
      [600, "ahead of"],
      [-600, "behind"],
    ] as const) {
      const { exitCode, about, findings } = await findingsOf({ ...env, ...withClock(folder, seconds) });
      expect({ exitCode, about }, direction).toEqual({ exitCode: 1, about: skewOf("VAULT") });
      expect(findings[0].message).toMatch(
        new RegExp(`clock is (59\\d|60\\d) s ${direction} the clock of Vault`),
      );
    }
  });
});
