import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  backend,
  type DiagnosisContext,
  defineKind,
  definePlugin,
  diagnoseSecretsManager,
  SecretsError,
  slot,
  variable,
} from "../../src/plugin.ts";

const opened = () => {
  throw new Error("Nothing may be opened.");
};

function store(
  id: string,
  diagnose: ((settings: { readonly url: string }, context: DiagnosisContext) => unknown) | undefined,
  { ownership = false, fallback }: { ownership?: boolean; fallback?: string } = {},
) {
  const run = diagnose;
  return definePlugin({
    kind: backend,
    id,
    contractVersion: 1,
    ownership,
    ...(fallback === undefined ? {} : { fallback }),
    settings: { url: variable(`${id}_URL`, { required: true, description: "Where the store is." }) },
    create: opened,
    ...(run === undefined
      ? {}
      : {
          diagnose: async (settings: { readonly url: string }, context: DiagnosisContext) => {
            await run(settings, context);
          },
        }),
  });
}

const env = { ARCHESTRA_SECRETS_MANAGER: "ONE", ONE_URL: "one", TABLE_URL: "table" };

test("facts and findings of every plugin are returned, and nothing is opened", async () => {
  const one = store("ONE", ({ url }, { fact, finding, logger }) => {
    fact({ key: "address", label: "address", value: "" });
    fact({ key: "address", label: "address", value: url });
    finding({ code: "SLOW", severity: "degraded", message: "It is slow.", remedy: { text: "Wait." } });
    logger.warn({ code: "ARCHESTRA_SECRETS_PLAIN" }, "ONE_URL is plain. Set ARCHESTRA_ONE_URL.");
  });
  const diagnosis = await diagnoseSecretsManager([one, store("TABLE", undefined, { ownership: true })], env);
  expect(diagnosis).toMatchObject({
    requested: "ONE",
    manager: "ONE",
    ownership: "TABLE",
    issues: [],
    settings: [{ variable: "ARCHESTRA_SECRETS_MANAGER", source: "variable", value: "ONE" }, {}],
    plugins: [
      {
        plugin: "ONE",
        state: "complete",
        facts: [{ key: "address", value: "one" }],
        findings: [
          { code: "SLOW", severity: "degraded" },
          { code: "PLAIN", severity: "degraded", remedy: { variable: "ARCHESTRA_ONE_URL" } },
        ],
      },
      { plugin: "TABLE", state: "unsupported" },
    ],
    findings: [],
  });
});

test("a plugin whose settings are missing leaves the others examined, and an unknown manager too", async () => {
  const plugins = [
    store("ONE", () => undefined),
    store("TABLE", (_, { fact }) => fact({ key: "rows", label: "rows", value: 1 }), { ownership: true }),
  ];
  const missing = await diagnoseSecretsManager(plugins, { ...env, ONE_URL: "" });
  expect(missing).toMatchObject({
    issues: [{ problem: "missing", variable: "ONE_URL" }],
    plugins: [{ state: "not-configured" }, { state: "complete", facts: [{ value: 1 }] }],
  });
  const unknown = await diagnoseSecretsManager(plugins, { ...env, ARCHESTRA_SECRETS_MANAGER: "TOW" });
  expect(unknown.requested).toBeUndefined();
  expect(unknown.issues).toMatchObject([{ problem: "unknown" }]);
  expect(unknown.plugins.map(({ plugin }) => plugin)).toContain("TABLE");
});

test("a fallback is returned with both managers", async () => {
  const plugins = [
    store("ONE", () => undefined, { fallback: "TABLE" }),
    store("TABLE", () => undefined, { ownership: true }),
  ];
  expect(await diagnoseSecretsManager(plugins, { ...env, ONE_URL: "" })).toMatchObject({
    requested: "ONE",
    manager: "TABLE",
    fallback: { from: "ONE", to: "TABLE", missing: [{ variable: "ONE_URL" }] },
    issues: [],
    plugins: [
      { plugin: "ONE", state: "not-configured" },
      { plugin: "TABLE", state: "complete" },
    ],
  });
});

test("a plugin that hangs, throws or reports late does not affect the others", async () => {
  let context: DiagnosisContext | undefined;
  const hangs = store("ONE", (_, given) => {
    context = given;
    given.fact({ key: "seen", label: "seen", value: true });
    return new Promise(() => {});
  });
  const throws = store("TABLE", () => Promise.reject(new Error("planted-password")), { ownership: true });
  const startedAt = performance.now();
  const diagnosis = await diagnoseSecretsManager([hangs, throws], env, { timeout: 200 });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(context?.signal.aborted).toBe(true);
  context?.fact({ key: "late", label: "late", value: true });
  expect(diagnosis.plugins).toMatchObject([
    { state: "unfinished", facts: [{ key: "seen" }], findings: [{ code: "DIAGNOSIS_NOT_ENDED" }] },
    { state: "complete", findings: [{ code: "INTERNAL", severity: "broken" }] },
  ]);
  expect(JSON.stringify(diagnosis)).not.toContain("planted-password");
});

test("a failure is reported with its reason and the variable that its message names", async () => {
  const one = store("ONE", (_, { failure }) =>
    failure(
      new SecretsError("UNAUTHENTICATED", "The login is refused. Correct ARCHESTRA_ONE_TOKEN.", {
        reason: "TOKEN_REFUSED",
      }),
    ),
  );
  const { plugins } = await diagnoseSecretsManager([one], env);
  expect(plugins[0]?.findings).toEqual([
    {
      code: "TOKEN_REFUSED",
      severity: "broken",
      message: "The login is refused. Correct ARCHESTRA_ONE_TOKEN.",
      remedy: { variable: "ARCHESTRA_ONE_TOKEN" },
    },
  ]);
});

test("owners that are not installed, not configured or at another path are findings", async () => {
  const table = store(
    "TABLE",
    (_, { owner }) => {
      owner({ manager: "GONE", count: 1, samples: [] });
      owner({ manager: "ONE", count: 2, samples: [{ name: "a", path: "old/a" }, { name: "b" }] });
      owner({ manager: "TWO", count: 3, samples: [] });
    },
    { ownership: true },
  );
  const one = store("ONE", (_, { paths }) => paths((name) => `new/${name}`));
  const diagnosis = await diagnoseSecretsManager([one, table, store("TWO", undefined)], env);
  expect(diagnosis.findings).toMatchObject([
    { code: "OWNER_NOT_INSTALLED", severity: "broken" },
    { code: "PATH_MISMATCH", remedy: { command: ["archestra-secrets", "references", "rebind"] } },
    { code: "OWNER_NOT_CONFIGURED", remedy: { variable: "TWO_URL" } },
  ]);
  expect(diagnosis.plugins[0]).toMatchObject({ plugin: "ONE", owns: 2 });
});

test("another configured manager is examined as long as it may own secrets", async () => {
  const selected = { ...env, ARCHESTRA_SECRETS_MANAGER: "TABLE" };
  const examine = async (owner?: string) => {
    const report = (_: unknown, context: DiagnosisContext) => {
      if (owner !== undefined) context.owner({ manager: owner, count: 1, samples: [] });
    };
    const plugins = [store("ONE", () => undefined), store("TABLE", report, { ownership: true })];
    return (await diagnoseSecretsManager(plugins, selected)).plugins.map(({ plugin }) => plugin);
  };
  expect(await examine()).toEqual(["TABLE", "ONE"]);
  expect(await examine("TABLE")).toEqual(["TABLE"]);
  expect(await examine("ONE")).toEqual(["TABLE", "ONE"]);
});

test("the plugins of slots are opened for it and closed after it", async () => {
  const kind = defineKind<{ close(): Promise<void> }>("login");
  const events: string[] = [];
  const login = definePlugin({
    kind,
    id: "LOGIN",
    contractVersion: 1,
    settings: {},
    create: () => ({
      close: async () => {
        events.push("closed");
      },
    }),
  });
  const one = definePlugin({
    kind: backend,
    id: "ONE",
    contractVersion: 1,
    settings: { auth: slot(kind, { variable: "ONE_AUTH", default: "LOGIN" }) },
    create: opened,
    diagnose: async ({ auth }) => {
      await sleep(1);
      events.push(typeof auth.close);
    },
  });
  await diagnoseSecretsManager([one, login], env);
  expect(events).toEqual(["function", "closed"]);
});
