import { describe, expect, test } from "vitest";
import { type ConfigurationError, createSecretsManager } from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import {
  backend,
  booleanSetting,
  defineKind,
  definePlugin,
  type OptionsOf,
  openStandalone,
  type SecretsBackend,
  SecretsError,
  slot,
  variable,
} from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const login = defineKind<object>("login");

const settings = {
  path: variable("STORE_PATH", { description: "Where the secrets are." }),
  isFast: variable("STORE_FAST", {
    schema: booleanSetting,
    default: "false",
    description: "Whether it hurries.",
  }),
  key: variable("STORE_KEY", { secret: true, live: true, schema: booleanSetting, description: "Opens it." }),
  auth: slot(login, { variable: "STORE_AUTH", default: "TOKEN" }),
};

const WORDS =
  "STORE_PATH lacks a part. Correct STORE_PATH, or set STORE_FAST=true. STORE_PATH_FILE and OTHER_STORE_PATH are others.";

const tokenAuth = () =>
  definePlugin({ kind: login, id: "TOKEN", contractVersion: 1, settings: {}, create: () => ({}) });

type Create = NonNullable<Parameters<typeof definePlugin<SecretsBackend, typeof settings>>[0]["create"]>;

function plugin(options: OptionsOf<typeof settings>, create: Create = () => fakeBackend()) {
  return definePlugin({ kind: backend, id: "STORE", contractVersion: 1, options, settings, create });
}

function start(
  options: OptionsOf<typeof settings>,
  { env = {}, create, ...more }: { env?: Record<string, string>; create?: Create; logger?: object } = {},
) {
  return createSecretsManager({
    plugins: [plugin(options, create), tokenAuth()],
    manager: "STORE",
    env,
    ...more,
  } as never);
}

describe("a message about a setting", () => {
  test("names the option alone when the setting came from code, and the variable otherwise", async () => {
    const inCode = (await failure(start({ isFast: "perhaps" }))) as ConfigurationError;
    expect(inCode.message).toContain("option `isFast`: must be `true` or `false`");
    expect(inCode.message).not.toContain("STORE_FAST");
    expect(inCode.issues).toEqual([
      { problem: "invalid", option: "isFast", plugin: "STORE", expected: expect.any(String) },
    ]);
    const inVariable = (await failure(start({}, { env: { STORE_FAST: "perhaps" } }))) as ConfigurationError;
    expect(inVariable.message).toContain("STORE_FAST");
    expect(inVariable.issues).toMatchObject([{ variable: "STORE_FAST", option: "isFast" }]);
  });

  test("names the option of a slot, and those of createSecretsManager", async () => {
    const ofSlot = (await failure(start({ auth: "NONE" }))) as ConfigurationError;
    expect(ofSlot.issues).toMatchObject([{ problem: "unknown", option: "auth" }]);
    expect(ofSlot.message).not.toContain("STORE_AUTH");
    const manager = await failure(
      createSecretsManager({ plugins: [memoryPlugin()], env: {}, manager: "VALUT" }),
    );
    expect(manager.message).toContain("option `manager`: is not the id of an installed plugin");
    expect(manager.message).not.toContain("ARCHESTRA_SECRETS_MANAGER");
    const strict = await failure(
      createSecretsManager({
        plugins: [memoryPlugin()],
        env: {},
        manager: "MEMORY",
        strict: "perhaps" as never,
      }),
    );
    expect(strict.message).toContain("option `strict`: must be");
    expect(strict.message).not.toContain("ARCHESTRA_SECRETS_STRICT");
  });

  test("a message names the option when its function returns a rejected value", async () => {
    let read: () => Promise<unknown> = async () => undefined;
    const create: Create = ({ key }) => {
      read = async () => key?.();
      return fakeBackend();
    };
    await start({ key: () => "perhaps" }, { create });
    const error = await failure(read());
    expect(error.message).toMatch(/^option `key`: must be/);
  });
});

describe("a message that a plugin wrote about its variables names the options that came from code", () => {
  const RENAMED =
    "The option `path` lacks a part. Correct the option `path`, or set the option `isFast` to true. STORE_PATH_FILE and OTHER_STORE_PATH are others.";
  const given = { path: "/a", isFast: true };
  const fails = (): never => {
    throw new SecretsError("INVALID_CONFIGURATION", WORDS, { reason: "PATH" });
  };

  test("in an error of the start", async () => {
    const error = await failure(start(given, { create: fails }));
    expect(error.message).toBe(`open (STORE): ${RENAMED.replace("The option", "the option")}`);
    expect(error.reason).toBe("PATH");
    expect(error.stack).toContain("the option `path` lacks");
    const alone = definePlugin({
      kind: backend,
      id: "STORE",
      contractVersion: 1,
      options: { path: "/a" },
      settings: { path: settings.path },
      create: fails,
    });
    expect((await failure(openStandalone(alone, { env: {} }))).message).toContain("the option `path` lacks");
  });

  test("in the error of a call, in each of getMany, and in a problem of check()", async () => {
    const store = fakeBackend({
      get: async () => fails(),
      check: async () => ({
        status: "degraded",
        problems: [{ code: "INVALID_CONFIGURATION", message: WORDS }],
      }),
    });
    const manager = await start(given, { create: () => store });
    expect((await failure(manager.get("a"))).message).toContain("the option `path` lacks a part");
    const result = (await manager.getMany(["a"])).get("a");
    expect(result?.status === "failed" && result.error.message).toContain("the option `path` lacks a part");
    expect((await manager.check()).problems).toEqual([{ code: "INVALID_CONFIGURATION", message: RENAMED }]);
  });

  test("in a warning", async () => {
    const logger = recordedLogger();
    const create: Create = (_settings, context) => {
      context.logger.warn({ code: "A", variable: "STORE_PATH" }, WORDS);
      return fakeBackend();
    };
    await start(given, { create, logger });
    expect(logger.warnings).toEqual([{ fields: { code: "A", variable: "STORE_PATH" }, message: RENAMED }]);
  });

  test("and neither a setting from a variable nor the name of a secret", async () => {
    const manager = await start(
      { isFast: true },
      { create: () => fakeBackend({ get: async () => fails() }), env: { STORE_PATH: "/a" } },
    );
    const error = await failure(manager.get("STORE_FAST"));
    expect(error.message).toContain('get "STORE_FAST" (STORE): STORE_PATH lacks a part. Correct STORE_PATH');
    expect(error.message).toContain("set the option `isFast` to true");
  });
});
