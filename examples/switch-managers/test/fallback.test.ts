import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";
import { describe, expect, onTestFinished, test } from "vitest";
import { sqliteDatabase } from "./managers.ts";

/** Everything that VAULT needs; nothing listens at the address. */
const complete = {
  ARCHESTRA_SECRETS_MANAGER: "VAULT",
  ARCHESTRA_HASHICORP_VAULT_ADDR: "https://127.0.0.1:9",
  ARCHESTRA_HASHICORP_VAULT_TOKEN: "hvs.of_the_fallback_test",
  ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
};
const SECRET = "a value of the fallback test";

async function start(env: Environment) {
  const warnings: { readonly code: string; readonly message: string }[] = [];
  const logger = {
    warn: ({ code }: { readonly code: string }, message: string) => void warnings.push({ code, message }),
  };
  const plugins = [dbPlugin(), vaultPlugin(), tokenAuth()];
  const manager = await createSecretsManager({ plugins, env, logger });
  onTestFinished(() => manager.close());
  return { manager, warnings };
}

describe("VAULT with one variable forgotten", () => {
  test.each([
    ["ARCHESTRA_HASHICORP_VAULT_ADDR", undefined],
    ["ARCHESTRA_HASHICORP_VAULT_TOKEN", undefined],
    ["ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED", undefined],
    ["ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED", "false"],
  ])(
    "stores secrets in SQLite, and every start, check() and describe() say so: %s=%s",
    async (variable, value) => {
      const env = { ...sqliteDatabase().env, ...complete, [variable]: value };
      for (let count = 0; count < 2; count++) {
        const { manager, warnings } = await start(env);
        expect(warnings.filter(({ code }) => code === "ARCHESTRA_SECRETS_FALLBACK")).toHaveLength(1);
        expect((await manager.set("github_token", { token: SECRET })).manager).toBe("DB");
        const { status, problems } = await manager.check();
        expect(status).toBe("degraded");
        expect(problems).toEqual([
          { code: "INVALID_CONFIGURATION", reason: "FALLBACK", message: expect.any(String) },
        ]);
        expect(manager.describe()).toMatchObject({ requested: "VAULT", manager: "DB", problems });
        for (const message of [
          problems[0]?.message,
          warnings.find(({ code }) => code === "ARCHESTRA_SECRETS_FALLBACK")?.message,
        ]) {
          expect(message).toContain("VAULT was requested but is not configured; DB is used instead");
          expect(message).toContain(`\n  - ${variable} or option`);
          expect(message).toContain("ARCHESTRA_SECRETS_MANAGER=DB");
          expect(message).not.toContain(SECRET);
          expect(message).not.toContain(complete.ARCHESTRA_HASHICORP_VAULT_TOKEN);
        }
        await manager.close();
      }
    },
  );

  test("names no license as missing: any value is enough", async () => {
    const env = { ...sqliteDatabase().env, ...complete, ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "" };
    const { manager } = await start(env);
    const message = manager.describe().problems[0]?.message ?? "";
    expect(message).toContain("No license is checked, and none is needed");
    expect(message).toContain("Set it to `true`.");
  });
});
