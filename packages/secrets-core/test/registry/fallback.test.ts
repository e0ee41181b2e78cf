import { setImmediate } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ConfigurationError, createSecretsManager, type Environment } from "../../src/index.ts";
import { type Plugin, type SecretsBackend, SecretsError } from "../../src/plugin.ts";
import { failure, thrownBy } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import {
  allPlugins,
  completeEnvironment,
  dbPlugin,
  filledDatabase,
  resolve,
  tokenPlugin,
  vaultPlugin,
} from "../support/vault-like.ts";

const variablesOf = (code: () => unknown) =>
  (thrownBy(code) as ConfigurationError).issues.map(({ variable }) => variable);

async function open(
  changes: Environment,
  plugins: readonly Plugin[] = [vaultPlugin(), tokenPlugin(), dbPlugin(filledDatabase())],
) {
  const logger = recordedLogger();
  const manager = await createSecretsManager({
    plugins,
    env: { ...completeEnvironment, ...changes },
    logger,
  });
  return { manager, logger };
}

describe("the fallback", () => {
  test.each([
    ["the address", { STORE_ADDRESS: undefined }, ["STORE_ADDRESS"]],
    ["a blank address", { STORE_ADDRESS: "  " }, ["STORE_ADDRESS"]],
    ["the licence", { STORE_LICENSED: undefined }, ["STORE_LICENSED"]],
    ["a licence that says no", { STORE_LICENSED: "no" }, ["STORE_LICENSED"]],
    ["a licence that says 0", { STORE_LICENSED: "0" }, ["STORE_LICENSED"]],
    ["the slot's credential", { STORE_TOKEN: "" }, ["STORE_TOKEN"]],
    [
      "everything",
      { STORE_ADDRESS: "", STORE_LICENSED: "off", STORE_TOKEN: "" },
      ["STORE_LICENSED", "STORE_ADDRESS", "STORE_TOKEN"],
    ],
  ])("takes over when %s is missing, and reports it", (_, changes, missing) => {
    const resolution = resolve(changes as Environment);
    expect(resolution).toMatchObject({
      requested: "VAULT",
      manager: "DB",
      fallback: { from: "VAULT", to: "DB" },
    });
    expect(resolution.fallback?.missing.map(({ variable }) => variable)).toEqual(missing);
  });

  test("is not used for an invalid setting, even if another one is missing", () => {
    expect(variablesOf(() => resolve({ STORE_VERSION: "3" }))).toEqual(["STORE_VERSION"]);
    expect(variablesOf(() => resolve({ STORE_VERSION: "3", STORE_ADDRESS: "" }))).toEqual([
      "STORE_ADDRESS",
      "STORE_VERSION",
    ]);
    expect(variablesOf(() => resolve({ STORE_LICENSED: "perhaps" }))).toEqual(["STORE_LICENSED"]);
  });

  test("never takes over for an unknown method of the slot, or an unknown manager", () => {
    expect(variablesOf(() => resolve({ STORE_AUTH: "NONE", STORE_ADDRESS: "" }))).toEqual([
      "STORE_ADDRESS",
      "STORE_AUTH",
    ]);
    expect(variablesOf(() => resolve({ ARCHESTRA_SECRETS_MANAGER: "VALUT" }))).toEqual([
      "ARCHESTRA_SECRETS_MANAGER",
    ]);
  });

  test("is forbidden by strict mode, from the variable and from code", () => {
    const missing = { STORE_ADDRESS: "" };
    expect(variablesOf(() => resolve({ ...missing, ARCHESTRA_SECRETS_STRICT: "true" }))).toEqual([
      "STORE_ADDRESS",
    ]);
    expect(variablesOf(() => resolve(missing, allPlugins(), { strict: true }))).toEqual(["STORE_ADDRESS"]);
    const overruled = resolve({ ...missing, ARCHESTRA_SECRETS_STRICT: "true" }, allPlugins(), {
      strict: false,
    });
    expect(overruled.manager).toBe("DB");
  });

  test("cannot take over without DB, and the error names the package to install", () => {
    const error = thrownBy(() => resolve({ STORE_ADDRESS: "" }, [vaultPlugin(), tokenPlugin()]));
    expect(error.message).toContain("STORE_ADDRESS");
    expect(error.message).toContain("@archestra/secrets-db");
  });

  test("that has missing settings itself is one error that lists both", () => {
    expect(variablesOf(() => resolve({ STORE_ADDRESS: "", DB_KEY: "" }))).toEqual([
      "STORE_ADDRESS",
      "DB_KEY",
    ]);
  });

  test("exists only for a descriptor that declares it: DB has none", () => {
    expect(variablesOf(() => resolve({ ARCHESTRA_SECRETS_MANAGER: "DB", DB_KEY: "" }))).toEqual(["DB_KEY"]);
  });
});

describe("a manager that fell back", () => {
  test("warns once of the missing settings and the store in use, and stays a problem", async () => {
    const { manager, logger } = await open({ STORE_ADDRESS: "", STORE_TOKEN: "" });
    expect(logger.warnings).toHaveLength(1);
    const [warning] = logger.warnings;
    expect(warning?.fields).toMatchObject({
      code: "ARCHESTRA_SECRETS_FALLBACK",
      from: "VAULT",
      to: "DB",
      destination: "the database of the test",
    });
    for (const words of [
      "STORE_ADDRESS",
      "STORE_TOKEN",
      "the database of the test",
      "ARCHESTRA_SECRETS_STRICT",
    ]) {
      expect(warning?.message).toContain(words);
    }
    expect(warning?.message).not.toContain("not visible");
    expect(manager.describe()).toMatchObject({
      requested: "VAULT",
      manager: "DB",
      fallback: { from: "VAULT", to: "DB" },
    });
  });

  test("is degraded in check() and a problem in describe(), with the requested manager, the missing settings and the remedy", async () => {
    const { manager } = await open({ STORE_ADDRESS: "", STORE_TOKEN: "" });
    const problem = { code: "INVALID_CONFIGURATION", reason: "FALLBACK", message: expect.any(String) };
    const health = await manager.check();
    expect(health).toEqual({ status: "degraded", problems: [problem] });
    for (const words of [
      "VAULT was requested",
      "DB is used instead",
      "STORE_ADDRESS or option `address`: must be set",
      "STORE_TOKEN",
      "restart to use VAULT",
      "set ARCHESTRA_SECRETS_MANAGER=DB",
      "ARCHESTRA_SECRETS_STRICT=true",
    ]) {
      expect(health.problems[0]?.message).toContain(words);
    }
    expect(manager.describe().problems).toEqual(health.problems);
    expect(await manager.check({ count: true })).toMatchObject({ status: "degraded", problems: [problem] });
  });

  test("names the option of the code as the remedy when the manager was requested in code", async () => {
    const logger = recordedLogger();
    const plugins = [vaultPlugin(), tokenPlugin(), dbPlugin(filledDatabase())];
    const env = { ...completeEnvironment, ARCHESTRA_SECRETS_MANAGER: undefined, STORE_ADDRESS: "" };
    const manager = await createSecretsManager({ plugins, env, logger, manager: "VAULT" });
    for (const message of [manager.describe().problems[0]?.message, logger.warnings[0]?.message]) {
      expect(message).toContain('pass `manager: "DB"`');
      expect(message).not.toContain("ARCHESTRA_SECRETS_MANAGER");
    }
  });

  test("keeps what the store itself reports in check()", async () => {
    const problem = { code: "DECRYPTION_FAILED" as const, message: "A row does not open." };
    const fallback = expect.objectContaining({ reason: "FALLBACK" });
    const openOn = async (product: Partial<SecretsBackend>) =>
      (await open({ STORE_ADDRESS: "" }, [vaultPlugin(), tokenPlugin(), dbPlugin(fakeBackend(product))]))
        .manager;
    const degraded = await openOn({ check: async () => ({ status: "degraded", problems: [problem] }) });
    expect(await degraded.check()).toEqual({ status: "degraded", problems: [fallback, problem] });
    const unavailable = await openOn({ check: async () => ({ status: "unavailable", problems: [problem] }) });
    expect(await unavailable.check()).toEqual({ status: "unavailable", problems: [fallback, problem] });
    const failing = await openOn({
      check: () => Promise.reject(new SecretsError("UNAVAILABLE", "It does not answer.")),
    });
    expect(await failing.check()).toMatchObject({
      status: "unavailable",
      problems: [fallback, { code: "UNAVAILABLE" }],
    });
  });

  test("warns at every start of one process, without a logger too", async () => {
    const warned: unknown[] = [];
    const listener = (warning: Error & { readonly code?: string }) => warned.push(warning.code);
    process.on("warning", listener);
    onTestFinished(() => void process.off("warning", listener));
    const env = { ...completeEnvironment, STORE_ADDRESS: "" };
    for (let start = 0; start < 3; start++) {
      const plugins = [vaultPlugin(), tokenPlugin(), dbPlugin(filledDatabase())];
      await (await createSecretsManager({ plugins, env })).close();
    }
    await setImmediate();
    expect(warned).toEqual(Array.from({ length: 3 }, () => "ARCHESTRA_SECRETS_FALLBACK"));
  });

  test("to a database without any secret says that those of the other are not visible", async () => {
    const { logger } = await open({ STORE_ADDRESS: "" }, allPlugins());
    expect(logger.warnings[0]?.message).toContain("the secrets in VAULT are not visible");
  });

  test("to a database that cannot list says only what it knows", async () => {
    const silent = fakeBackend({
      list: () => {
        throw new Error("no list");
      },
    });
    const { logger } = await open({ STORE_ADDRESS: "" }, [vaultPlugin(), tokenPlugin(), dbPlugin(silent)]);
    expect(logger.warnings).toHaveLength(1);
    expect(logger.warnings[0]?.message).not.toContain("not visible");
  });

  test("to a database that does not open reports both reasons", async () => {
    const closed = dbPlugin(() => {
      throw new SecretsError("DECRYPTION_FAILED", "The key is wrong.", { reason: "KEY_MISMATCH" });
    });
    const error = await failure(open({ STORE_ADDRESS: "" }, [vaultPlugin(), tokenPlugin(), closed]));
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.message).toContain("STORE_ADDRESS");
    expect(error.message).toContain("The key is wrong.");
  });

  test("is ABORTED by the signal of the start, and by nothing that is wrong with the configuration", async () => {
    const controller = new AbortController();
    const slow = dbPlugin(() => {
      controller.abort();
      throw controller.signal.reason;
    });
    const start = createSecretsManager({
      plugins: [vaultPlugin(), tokenPlugin(), slow],
      env: { ...completeEnvironment, STORE_ADDRESS: "" },
      signal: controller.signal,
    });
    expect(await failure(start)).toMatchObject({ code: "ABORTED", manager: "DB" });
  });

  test("to a database that is unavailable keeps its code, so that the start is retried", async () => {
    const down = dbPlugin(() => {
      throw new SecretsError("UNAVAILABLE", "The database does not answer.");
    });
    const error = await failure(open({ STORE_ADDRESS: "" }, [vaultPlugin(), tokenPlugin(), down]));
    expect([error.code, error.retryable, error.manager]).toEqual(["UNAVAILABLE", true, "DB"]);
  });

  test("does not exist when the store is unavailable, which is not a missing setting", async () => {
    const down = vaultPlugin({}, () => {
      throw new SecretsError("UNAVAILABLE", "The server does not answer.");
    });
    const error = await failure(open({}, [down, tokenPlugin(), dbPlugin()]));
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.manager).toBe("VAULT");
  });
});
