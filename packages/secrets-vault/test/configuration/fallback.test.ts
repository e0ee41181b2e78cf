import { createSecretsManager, resolveSecretsManager } from "@archestra/secrets-core";
import { memoryPlugin } from "@archestra/secrets-core/memory";
import { backend, definePlugin } from "@archestra/secrets-core/plugin";
import { tokenAuth } from "@archestra/vault-auth-token";
import { describe, expect, onTestFinished, test } from "vitest";
import { vaultPlugin } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const LICENSE = "ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED";
const complete = vaultEnv("https://vault.example.com:8200", tokenEnv("a-token"));

/** Stands for the database, of which this package knows the id alone. */
const dbPlugin = () =>
  definePlugin({
    kind: backend,
    id: "DB",
    contractVersion: 1,
    settings: {},
    create: (_settings, context) => memoryPlugin().create({} as never, context),
  });

const missing: Readonly<Record<string, readonly [variable: string, text: string | undefined]>> = {
  "the address": ["ARCHESTRA_HASHICORP_VAULT_ADDR", undefined],
  "a blank address": ["ARCHESTRA_HASHICORP_VAULT_ADDR", "  "],
  "the licence": [LICENSE, undefined],
  "a licence that is false": [LICENSE, "false"],
  "a licence that is 0": [LICENSE, "0"],
  "a licence that is no": [LICENSE, "no"],
  "a licence that is off": [LICENSE, "OFF"],
  "a licence that is false with a space around it": [LICENSE, " False "],
  "the token": ["ARCHESTRA_HASHICORP_VAULT_TOKEN", ""],
};

describe("without what Vault needs", () => {
  test.each(Object.entries(missing))(
    "%s: the database takes over with one warning that names it",
    async (_kind, [variable, text]) => {
      const logger = recordedLogger();
      const plugins = [dbPlugin(), vaultPlugin(), tokenAuth()];
      const manager = await createSecretsManager({ plugins, env: { ...complete, [variable]: text }, logger });
      onTestFinished(() => manager.close());
      expect((await manager.create("a", { token: "1" })).manager).toBe("DB");
      expect(logger.warnings).toHaveLength(1);
      expect(logger.warnings[0]?.message).toContain(variable);
      expect(JSON.stringify(manager.describe())).toContain(variable);
    },
  );

  test.each(Object.entries(missing))(
    "%s: without the database an error names it and the package",
    async (_kind, [variable, text]) => {
      const plugins = [vaultPlugin(), tokenAuth()];
      const error = await failure(createSecretsManager({ plugins, env: { ...complete, [variable]: text } }));
      expect(error.code).toBe("INVALID_CONFIGURATION");
      expect(error.message).toContain(variable);
      expect(error.message).toContain("@archestra/secrets-db");
    },
  );

  test.each(["true", "1", "yes", "on", "2027", "ACME-3f2504e0", "eyJhbGciOi.eyJzdWIi.c2ln", "falsely"])(
    "the licence value %s activates Vault",
    (text) => {
      const plugins = [dbPlugin(), vaultPlugin(), tokenAuth()];
      expect(resolveSecretsManager(plugins, { ...complete, [LICENSE]: text }).manager).toBe("VAULT");
    },
  );

  test("what is set and invalid is an error, also beside something missing", async () => {
    const plugins = [dbPlugin(), vaultPlugin(), tokenAuth()];
    const env = { ...complete, [LICENSE]: "", ARCHESTRA_HASHICORP_VAULT_KV_VERSION: "3" };
    const error = await failure(createSecretsManager({ plugins, env }));
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_KV_VERSION");
    expect(error.message).toContain("`1` or `2`");
  });

  test("in strict mode nothing takes over", async () => {
    const plugins = [dbPlugin(), vaultPlugin(), tokenAuth()];
    const env = { ...complete, [LICENSE]: "false" };
    const error = await failure(createSecretsManager({ plugins, env, strict: true }));
    expect(error.message).toContain(LICENSE);
  });

  test("an auth method that is not installed is an error that names the package", async () => {
    const plugins = [dbPlugin(), vaultPlugin(), tokenAuth()];
    const env = { ...complete, ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "K8S" };
    const error = await failure(createSecretsManager({ plugins, env }));
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.message).toContain("@archestra/vault-auth-k8s");
  });
});
