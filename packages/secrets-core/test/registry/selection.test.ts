import { describe, expect, test } from "vitest";
import { ConfigurationError, createSecretsManager, resolveSecretsManager } from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import { backend, defineKind, definePlugin, type Plugin } from "../../src/plugin.ts";
import { thrownBy } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { runNode } from "../support/run-node.ts";
import {
  allPlugins,
  completeEnvironment,
  dbPlugin,
  loginMethod,
  resolve,
  tokenPlugin,
  vaultPlugin,
} from "../support/vault-like.ts";

const issuesOf = (code: () => unknown) => (thrownBy(code) as ConfigurationError).issues;

describe("the manager", () => {
  test("is the one that the variable names, in any case and with spaces around it", () => {
    expect(resolve({})).toMatchObject({ requested: "VAULT", requestedBy: "variable", manager: "VAULT" });
    expect(resolve({ ARCHESTRA_SECRETS_MANAGER: " vault " })).toMatchObject({ manager: "VAULT" });
  });

  test("is DB by default, and the one in code takes precedence over the variable", () => {
    expect(resolve({ ARCHESTRA_SECRETS_MANAGER: " " })).toMatchObject({
      manager: "DB",
      requestedBy: "default",
    });
    expect(resolve({}, allPlugins(), { manager: "db" })).toMatchObject({
      manager: "DB",
      requestedBy: "option",
    });
  });

  test("that is unknown lists the installed ones", () => {
    const [issue] = issuesOf(() => resolve({ ARCHESTRA_SECRETS_MANAGER: "VALUT" }));
    expect(issue).toMatchObject({ problem: "unknown", variable: "ARCHESTRA_SECRETS_MANAGER" });
    expect(issue?.expected).not.toContain("VALUT");
    expect(issue?.expected).toContain("VAULT, DB");
  });

  test("of ours that is not installed names the package", () => {
    const [issue] = issuesOf(() => resolve({ ARCHESTRA_SECRETS_MANAGER: "vault" }, [dbPlugin()]));
    expect(issue?.expected).toContain("@archestra/secrets-vault");
    const [none] = issuesOf(() => resolveSecretsManager([], {}));
    expect(none?.expected).toContain("@archestra/secrets-db");
  });

  test("that is written for another contract is refused with both versions", () => {
    const newer = definePlugin({
      kind: backend,
      id: "NEWER",
      contractVersion: 7,
      settings: {},
      create: () => fakeBackend(),
    });
    const [issue] = issuesOf(() => resolveSecretsManager([newer], { ARCHESTRA_SECRETS_MANAGER: "NEWER" }));
    expect(issue).toMatchObject({ problem: "incompatible", plugin: "NEWER" });
    expect(issue?.expected).toMatch(/version 7 .*supported: 1\)/);
  });

  test("of another kind is not a choice", () => {
    const [issue] = issuesOf(() => resolve({ ARCHESTRA_SECRETS_MANAGER: "TOKEN" }));
    expect(issue?.problem).toBe("unknown");
  });
});

describe("a slot", () => {
  test("uses the plugin that its variable names, else its default, else the one in code", () => {
    const key = () =>
      definePlugin({
        kind: loginMethod,
        id: "KEY",
        contractVersion: 1,
        settings: {},
        create: () => ({ credential: "" }),
      });
    const settingOf = (env: Record<string, string>, plugins: Plugin[]) =>
      resolve(env, plugins).settings.find(({ option }) => option === "auth");
    const plugins = () => [...allPlugins(), key()];
    expect(settingOf({}, plugins())).toMatchObject({ source: "default", value: "TOKEN" });
    expect(settingOf({ STORE_AUTH: "key" }, plugins())).toMatchObject({ source: "variable", value: "key" });
    const inCode = [vaultPlugin({ auth: "KEY" }), tokenPlugin(), dbPlugin(), key()];
    expect(settingOf({ STORE_AUTH: "TOKEN" }, inCode)).toMatchObject({ source: "option", value: "KEY" });
  });

  test("with an unknown plugin names its variable and the package of ours", () => {
    expect(issuesOf(() => resolve({ STORE_AUTH: "K8S" }))).toMatchObject([
      {
        problem: "unknown",
        variable: "STORE_AUTH",
        option: "auth",
        expected: expect.stringContaining("@archestra/vault-auth-k8s"),
      },
    ]);
  });

  test("passes the product of its plugin to the plugin that declares it", async () => {
    const received: unknown[] = [];
    const settings = { auth: vaultPlugin().settings.auth } as never;
    const owner = definePlugin({
      kind: backend,
      id: "OWNER",
      contractVersion: 1,
      settings,
      create: (opened) => {
        received.push(opened);
        return fakeBackend();
      },
    });
    const env = { ARCHESTRA_SECRETS_MANAGER: "OWNER", STORE_TOKEN: "a token" };
    await createSecretsManager({ plugins: [owner, tokenPlugin()], env });
    expect(received).toEqual([{ auth: { credential: "a token" } }]);
  });
});

describe("resolving", () => {
  test("reports every problem at once, including those of the slot's plugin", () => {
    const error = thrownBy(() =>
      resolve({
        ARCHESTRA_SECRETS_STRICT: "perhaps",
        STORE_VERSION: "3",
        STORE_ADDRESS: "",
        STORE_TOKEN: undefined,
      }),
    ) as ConfigurationError;
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.code).toBe("INVALID_CONFIGURATION");
    const problems = error.issues.map(({ variable, problem }) => [variable, problem]);
    expect(problems).toEqual([
      ["ARCHESTRA_SECRETS_STRICT", "invalid"],
      ["STORE_ADDRESS", "missing"],
      ["STORE_VERSION", "invalid"],
      ["STORE_TOKEN", "missing"],
    ]);
    for (const { variable } of error.issues) expect(error.message).toContain(variable);
  });

  test("reads only the settings of the selected plugins, and changes nothing", () => {
    const read = new Set<string>();
    const env = new Proxy(Object.freeze({ ...completeEnvironment, ARCHESTRA_SECRETS_MANAGER: "DB" }), {
      get: (target, name) => {
        read.add(String(name));
        return Reflect.get(target, name);
      },
    });
    resolveSecretsManager(allPlugins(), env);
    expect([...read].filter((name) => name.startsWith("STORE_"))).toEqual([]);
    expect(read).toContain("DB_KEY");
  });

  test("reads the environment when it is called, not before", () => {
    const env: Record<string, string> = { DB_KEY: "a key" };
    const plugins = allPlugins();
    expect(resolveSecretsManager(plugins, env).manager).toBe("DB");
    Object.assign(env, completeEnvironment);
    expect(resolveSecretsManager(plugins, env).manager).toBe("VAULT");
  });

  test("rejects a value that is not a plugin, and two plugins with one id, with a TypeError", () => {
    const resolveAny = (plugins: unknown) => () => resolveSecretsManager(plugins as Plugin[], {});
    expect(resolveAny(undefined)).toThrow(TypeError);
    expect(resolveAny([memoryPlugin])).toThrow(/Call the plugin's factory/);
    expect(resolveAny([{ ...dbPlugin() }])).toThrow(TypeError);
    const lower = definePlugin({
      kind: backend,
      id: "db",
      contractVersion: 1,
      settings: {},
      create: () => fakeBackend(),
    });
    expect(resolveAny([dbPlugin(), lower])).toThrow(/two plugins/);
  });

  test("compares kinds by id, so that two copies of a package share one", () => {
    const twin = defineKind<{ credential: string }>("vault-auth");
    const token = definePlugin({
      kind: twin,
      id: "TOKEN",
      contractVersion: 1,
      settings: {},
      create: () => ({ credential: "" }),
    });
    expect(resolve({}, [vaultPlugin(), token, dbPlugin()]).manager).toBe("VAULT");
  });
});

test("importing reads no variable and no file, and a descriptor shows no option", async () => {
  const read = await runNode(`
    const read = [];
    const env = process.env;
    Object.defineProperty(process, "env", { get: () => new Proxy(env, { get: (_, name) => (read.push(String(name)), env[name]) }) });
    const { memoryPlugin } = await import("@archestra/secrets-core/memory");
    await import("@archestra/secrets-core");
    await import("@archestra/secrets-core/plugin");
    memoryPlugin();
    console.log(JSON.stringify(read.filter((name) => name.startsWith("ARCHESTRA"))));
  `);
  expect(read).toEqual([]);
});
