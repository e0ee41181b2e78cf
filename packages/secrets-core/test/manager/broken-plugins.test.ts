import { describe, expect, test } from "vitest";
import { createSecretsManager, type SecretsManager } from "../../src/index.ts";
import {
  backend,
  defineKind,
  definePlugin,
  openStandalone,
  type Plugin,
  type SecretsBackend,
  slot,
} from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";

const BROKEN = { code: "INTERNAL", reason: "PLUGIN_BROKEN", retryable: false, manager: "FAKE" };

/** A plugin in JavaScript, which no compiler has checked. */
function creating(product: unknown): Plugin<SecretsBackend> {
  const create = () => product as SecretsBackend;
  return definePlugin({ kind: backend, id: "FAKE", contractVersion: 1, settings: {}, create });
}

const start = (plugin: Plugin) => createSecretsManager({ plugins: [plugin], manager: "FAKE", env: {} });

describe("a plugin whose create returns no backend fails its start, which names the member", () => {
  test.each<readonly [string, unknown, string]>([
    ["nothing", undefined, "`create()` must return a backend. Received: undefined."],
    ["null", null, "`create()` must return a backend. Received: null."],
    ["a text", plantedText(), "`create()` must return a backend. Received: a string."],
    ["an empty object", {}, "`capabilities` must be an object. Received: undefined."],
    [
      "capabilities that are texts",
      { ...fakeBackend(), capabilities: { versions: "yes", conditionalWrites: true, list: true } },
      "`capabilities.versions` must be true or false. Received: a string.",
    ],
    [
      "one capability too few",
      { ...fakeBackend(), capabilities: { versions: true, conditionalWrites: true } },
      "`capabilities.list` must be true or false. Received: undefined.",
    ],
    ...["get", "write", "delete", "list", "check", "close"].map(
      (member) =>
        [
          `a backend without ${member}`,
          { ...fakeBackend(), [member]: undefined },
          `\`${member}\` must be a function. Received: undefined.`,
        ] as const,
    ),
    ...["getMany", "has", "classify", "inTransaction", "path"].map(
      (member) =>
        [
          `a backend whose ${member} is no function`,
          { ...fakeBackend(), [member]: {} },
          `\`${member}\` must be a function. Received: an object.`,
        ] as const,
    ),
    ["a location that is no text", { ...fakeBackend(), location: 1 }, "`location` must be a string."],
    ["an ownership store without members", { ...fakeBackend(), ownership: {} }, "`ownership.find` must be a"],
  ])("%s", async (_case, product, message) => {
    const error = await failure(start(creating(product)));

    expect(error).toMatchObject({ ...BROKEN, operation: "open" });
    expect(error.message).toContain(`The plugin FAKE violates its contract: ${message}`);
    expect(await failure(openStandalone(creating(product), { env: {} }))).toMatchObject(BROKEN);
  });

  test("an ownership table that is declared and missing", async () => {
    const declared = definePlugin({
      kind: backend,
      id: "FAKE",
      contractVersion: 1,
      ownership: true,
      settings: {},
      create: () => fakeBackend(),
    });
    const error = await failure(start(declared));

    expect(error).toMatchObject(BROKEN);
    expect(error.message).toContain("`ownership` must be an ownership store");
  });

  test("and is closed, with the products of its slots", async () => {
    const closed: string[] = [];
    const part = defineKind<object>("part");
    const plugins = [
      definePlugin({
        kind: backend,
        id: "FAKE",
        contractVersion: 1,
        settings: { part: slot(part, { variable: "PART", default: "PART" }) },
        create: () =>
          ({ ...fakeBackend({ close: async () => void closed.push("backend") }), get: 1 }) as never,
      }),
      definePlugin({
        kind: part,
        id: "PART",
        contractVersion: 1,
        settings: {},
        create: () => ({ close: async () => void closed.push("part") }),
      }),
    ];
    const error = await failure(createSecretsManager({ plugins, manager: "FAKE", env: {} }));

    expect(error).toMatchObject(BROKEN);
    expect(closed).toEqual(["backend", "part"]);
  });

  test.each([
    ["nothing", undefined, "`create()` must return a product of kind login. Received: undefined."],
    [
      "an object without a method of the kind",
      { token: 1 },
      "`login` must be a function. Received: undefined.",
    ],
  ])("%s, in a slot", async (_case, product, message) => {
    const login = defineKind<{ login(): void }>("login", { methods: ["login"] });
    const plugins = [
      definePlugin({
        kind: backend,
        id: "FAKE",
        contractVersion: 1,
        settings: { login: slot(login, { variable: "LOGIN", default: "BY_NAME" }) },
        create: () => fakeBackend(),
      }),
      definePlugin({
        kind: login,
        id: "BY_NAME",
        contractVersion: 1,
        settings: {},
        create: () => product as never,
      }),
    ];
    const error = await failure(createSecretsManager({ plugins, manager: "FAKE", env: {} }));

    expect(error).toMatchObject({ code: "INTERNAL", reason: "PLUGIN_BROKEN", retryable: false });
    expect(error.message).toContain(`The plugin BY_NAME violates its contract: ${message}`);
  });
});

type Run = (manager: SecretsManager) => Promise<unknown>;

const get: Run = (manager) => manager.get("a");
const set: Run = (manager) => manager.set("a", plantedValue());
const remove: Run = (manager) => manager.delete("a");
const has: Run = (manager) => manager.has("a");
const list: Run = (manager) => Array.fromAsync(manager.list({ prefix: "team/" }));
const getMany: Run = async (manager) => {
  const result = (await manager.getMany(["a"])).get("a");
  if (result?.status === "failed") throw result.error;
  return result;
};
const check: Run = async (manager) => {
  const { problems } = await manager.check();
  return Promise.reject(problems.map(({ message }) => message));
};

/** A member, what it returns in place of its answer, the call that asks for it, and what the error says. */
const wrongAnswers: readonly (readonly [string, unknown, Run, string])[] = [
  ["get", null, get, "`get()` must return an object with the name of the secret. Received: null."],
  [
    "get",
    plantedText(),
    get,
    "`get()` must return an object with the name of the secret. Received: a string.",
  ],
  ["get", {}, get, "`get().name` must be the name of the secret. Received: undefined."],
  ["get", { name: "a", value: {} }, get, "`get().version` must be a string that is not empty, since"],
  ["get", { name: "a", value: {}, version: "" }, get, "`get().version` must be a string that is not empty"],
  ["get", { name: "a", value: {}, version: 1 }, get, "Received: a number."],
  [
    "get",
    { name: "a", version: "1" },
    get,
    "`get().value` must be the JSON object in the store. Received: undefined.",
  ],
  [
    "get",
    { name: "a", version: "1", value: Promise.resolve(plantedText()) },
    get,
    "Received: a Promise that was not awaited.",
  ],
  ["get", { name: "a", version: "1", value: () => plantedText() }, get, "Received: a function."],
  ["get", { name: "a", version: "1", value: new Map() }, get, "Received: an object."],
  [
    "write",
    undefined,
    set,
    "`write()` must return an object with the name of the secret. Received: undefined.",
  ],
  ["write", true, set, "Received: a boolean."],
  ["write", { version: "1" }, set, "`write().name` must be the name of the secret. Received: undefined."],
  ["write", { name: "a" }, set, "`write().version` must be a string"],
  ["delete", undefined, remove, "`delete()` must return true or false. Received: undefined."],
  ["delete", 1, remove, "`delete()` must return true or false. Received: a number."],
  ["has", 1, has, "`has()` must return true or false. Received: a number."],
  ["getMany", undefined, getMany, "`getMany()` must return a Map. Received: undefined."],
  ["getMany", { a: 1 }, getMany, "`getMany()` must return a Map. Received: an object."],
  ["getMany", new Map(), getMany, "`getMany()` must have a result for each name, with a status"],
  [
    "getMany",
    new Map([["a", { status: "missing" }]]),
    getMany,
    "`getMany()` must have a result for each name",
  ],
  [
    "getMany",
    new Map([["a", { status: "found" }]]),
    getMany,
    "`getMany()` must return an object with the name",
  ],
  ["check", undefined, check, "`check()` must return an object. Received: undefined."],
  ["check", { status: "ok", problems: [] }, check, "`check().status` must be `healthy`, `degraded` or"],
  [
    "check",
    { status: "healthy", problems: [], count: "1" },
    check,
    "`check().count` must be a number, or be",
  ],
  ["check", { status: "degraded" }, check, "`check().problems` must be an array of objects with a code"],
  ["check", { status: "degraded", problems: [plantedText()] }, check, "`check().problems` must be an array"],
  ["check", { status: "degraded", problems: [{ code: "DOWN", message: "." }] }, check, "`check().problems`"],
];

describe("a wrong answer of a member is an error that names the member and quotes nothing", () => {
  test.each(wrongAnswers)("%s(): %o", async (member, answer, run, message) => {
    const manager = await openBackend(fakeBackend({ [member]: async () => answer }));
    const error = await run(manager).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );

    if (Array.isArray(error)) expect(error.join()).toContain(message);
    else {
      expect(error).toMatchObject({ ...BROKEN, operation: expect.any(String) });
      expect((error as Error).message).toContain(message);
      expect((error as Error).message).toContain("please report it to its author");
    }
    await manager.close();
  });

  test.each([
    ["an array of a Promise", async () => [{ name: "team/a" }], "`list()` must return an AsyncIterable"],
    ["an array", () => [{ name: "team/a" }], "Received: an array."],
    ["nothing", () => undefined, "Received: undefined."],
  ])("list(): %s", async (_case, answer, message) => {
    const error = await failure(list(await openBackend(fakeBackend({ list: answer as never }))));

    expect(error).toMatchObject({ ...BROKEN, operation: "list" });
    expect(error.message).toContain(message);
  });

  test.each([
    ["a text", "team/a", "`list()[]` must be an object with a name. Received: a string."],
    ["null", null, "Received: null."],
    ["no name", { version: "1" }, "`list()[].name` must be a string. Received: undefined."],
    [
      "another prefix",
      { name: `tea/${plantedText()}`, version: "1" },
      "`list()[].name` must begin with `prefix`.",
    ],
    ["a version that is a number", { name: "team/a", version: 1 }, "`list()[].version` must be a string."],
  ])("an entry of list(): %s", async (_case, entry, message) => {
    async function* entries() {
      yield entry as never;
    }
    const error = await failure(list(await openBackend(fakeBackend({ list: entries }))));

    expect(error).toMatchObject({ ...BROKEN, operation: "list" });
    expect(error.message).toContain(message);
  });

  test("get() without versions returns none", async () => {
    const capabilities = { versions: false, conditionalWrites: false, list: true };
    const secret = { name: "a", value: { token: "1" }, version: 1 } as never;
    const manager = await openBackend(fakeBackend({ capabilities, get: async () => secret }));
    const error = await failure(manager.get("a"));

    expect(error).toMatchObject(BROKEN);
    expect(error.message).toContain(
      "`get().version` must be left out, since `capabilities.versions` is false.",
    );
  });

  test("a stored text, number or list is damaged data, and no fault of the plugin", async () => {
    for (const value of ["text", 1, true, null, [1]]) {
      const secret = { name: "a", version: "1", value: value as never };
      const manager = await openBackend(fakeBackend({ get: async () => secret }));
      expect(await failure(manager.get("a"))).toMatchObject({
        code: "INVALID_VALUE",
        reason: "NOT_AN_OBJECT",
      });
    }
  });
});
