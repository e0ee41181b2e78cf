import { describe, expect, test } from "vitest";
import { type ConfigurationError, createSecretsManager, resolveSecretsManager } from "../../src/index.ts";
import { backend, defineKind, definePlugin, type Plugin, slot, variable } from "../../src/plugin.ts";
import { thrownBy } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";

interface Named {
  readonly name: string;
}

/** Three levels: the store has a login, and the login has a signer. */
const login = defineKind<Named>("login");
const signer = defineKind<Named>("signer", { contractVersions: [2, 3] });

const store = (options: { login?: string } = {}, receive: (login: Named) => void = () => {}) =>
  definePlugin({
    kind: backend,
    id: "STORE",
    contractVersion: 1,
    options,
    settings: { login: slot(login, { variable: "LOGIN", default: "SIGNED" }) },
    create: (settings) => {
      receive(settings.login);
      return fakeBackend();
    },
  });
const signed = definePlugin({
  kind: login,
  id: "SIGNED",
  contractVersion: 1,
  fallback: "ANONYMOUS",
  settings: {
    user: variable("USER_NAME", { required: true, description: "Who." }),
    signer: slot(signer, { variable: "SIGNER", default: "KEY" }),
  },
  create: ({ user, signer }) => ({ name: `${user} signed by ${signer.name}` }),
});
const anonymous = definePlugin({
  kind: login,
  id: "ANONYMOUS",
  contractVersion: 1,
  settings: {},
  create: () => ({ name: "unused" }),
});
const key = (contractVersion: number) =>
  definePlugin({
    kind: signer,
    id: "KEY",
    contractVersion,
    settings: { key: variable("KEY", { secret: true, required: true, description: "The key." }) },
    create: () => ({ name: "a key" }),
  });

const resolve = (
  env: Record<string, string>,
  plugins: readonly Plugin[] = [store(), signed, anonymous, key(2)],
) => resolveSecretsManager(plugins, env, { manager: "STORE" });
const issuesOf = (code: () => unknown) => (thrownBy(code) as ConfigurationError).issues;

describe("slots in slots", () => {
  test("are opened from the innermost, and each plugin receives the product of its own slot", async () => {
    let received: Named | undefined;
    const plugins = [store({}, (opened) => (received = opened)), signed, anonymous, key(3)];

    await createSecretsManager({ plugins, manager: "STORE", env: { USER_NAME: "ann", KEY: "k" } });

    expect(received).toEqual({ name: "ann signed by a key" });
  });

  test("are described with every setting of the selected plugin", () => {
    expect(resolve({ USER_NAME: "ann", KEY: "k" }).settings).toEqual([
      { plugin: "STORE", option: "login", variable: "LOGIN", source: "default", value: "SIGNED" },
      { plugin: "SIGNED", option: "user", variable: "USER_NAME", source: "variable", value: "ann" },
      { plugin: "SIGNED", option: "signer", variable: "SIGNER", source: "default", value: "KEY" },
      { plugin: "KEY", option: "key", variable: "KEY", source: "variable" },
    ]);
  });

  test("report their problems together, each with its plugin", () => {
    expect(issuesOf(() => resolve({}))).toMatchObject([
      { problem: "missing", plugin: "SIGNED", variable: "USER_NAME" },
      { problem: "missing", plugin: "KEY", variable: "KEY" },
    ]);
  });

  test("of plugins that are not selected are not read", () => {
    expect(resolve({ LOGIN: "anonymous", SIGNER: "no such thing" }).settings).toHaveLength(1);
  });
});

describe("a plugin in a slot", () => {
  test("never falls back, whatever it declares: only the choice of the manager does", () => {
    expect(issuesOf(() => resolve({ KEY: "k" }))).toMatchObject([
      { problem: "missing", variable: "USER_NAME" },
    ]);
  });

  test("written for a version that the slot does not understand is refused with both", () => {
    const [issue] = issuesOf(() => resolve({ USER_NAME: "ann", KEY: "k" }, [store(), signed, key(1)]));

    expect(issue).toMatchObject({
      problem: "incompatible",
      plugin: "KEY",
      variable: "SIGNER",
      option: "signer",
    });
    expect(issue?.expected).toMatch(/version 1 .*supported: 2, 3\)/);
  });

  test("that is unknown is reported with the installed ones, or that none is installed", () => {
    const unknown = issuesOf(() => resolve({ LOGIN: "NONE" }));
    expect(unknown[0]).toMatchObject({ problem: "unknown", variable: "LOGIN", option: "login" });
    expect(unknown[0]?.expected).toContain(
      "is not the id of an installed plugin. Installed: SIGNED, ANONYMOUS.",
    );

    const [none] = issuesOf(() => resolve({}, [store()]));
    expect(none?.expected).toContain("No plugin of this kind is installed.");
  });

  test("is named in code only by its id", () => {
    expect(resolve({ LOGIN: "SIGNED" }, [store({ login: "anonymous" }), anonymous]).settings).toMatchObject([
      { source: "option", value: "anonymous" },
    ]);
    expect(() => resolve({}, [store({ login: anonymous as never }), anonymous])).toThrow(TypeError);
  });
});
