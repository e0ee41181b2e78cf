import { expect, test } from "vitest";
import type { SecretsManager } from "../../src/index.ts";
import {
  backend,
  booleanSetting,
  defineKind,
  definePlugin,
  type LiveSetting,
  type OptionsOf,
  option,
  type SettingsOf,
  type StandardSchema,
  slot,
  variable,
} from "../../src/plugin.ts";
import { fakeBackend } from "../support/fake-backend.ts";

/*
 * The subject is what compiles: `@ts-expect-error` fails the type check when the line under it is accepted. The bodies
 * that would call something are never run.
 */

type Equal<Left, Right> =
  (<T>() => T extends Left ? 1 : 2) extends <T>() => T extends Right ? 1 : 2 ? true : false;
const same = <_Is extends true>() => true;

interface Login {
  readonly login: () => Promise<string>;
}
const loginMethod = defineKind<Login>("login");
declare const toUrl: StandardSchema<string, URL>;

const settings = {
  address: variable("ADDRESS", { schema: fakeSchema<typeof toUrl>(), required: true, description: "" }),
  optional: variable("OPTIONAL", { description: "" }),
  flag: variable("FLAG", { schema: booleanSetting, default: "true", description: "" }),
  token: variable("TOKEN", { secret: true, live: true, required: true, description: "" }),
  unless: variable("UNLESS", { requiredUnless: "OPTIONAL", description: "" }),
  auth: slot(loginMethod, { variable: "AUTH", default: "TOKEN" }),
  client: option<Map<string, number>>({ description: "" }),
};

test("settings have the types of their declarations", () => {
  type Settings = SettingsOf<typeof settings>;
  expect([
    same<Equal<Settings["address"], URL>>(),
    same<Equal<Settings["optional"], string | undefined>>(),
    same<Equal<Settings["flag"], boolean>>(),
    same<Equal<Settings["token"], LiveSetting<string>>>(),
    same<Equal<Settings["unless"], string | undefined>>(),
    same<Equal<Settings["auth"], Login>>(),
    same<Equal<Settings["client"], Map<string, number> | undefined>>(),
  ]).not.toContain(false);
});

test("options have the types of what the settings accept", () => {
  type Options = OptionsOf<typeof settings>;
  expect([
    same<Equal<Options["address"], string | undefined>>(),
    same<Equal<Options["flag"], string | boolean | undefined>>(),
    same<Equal<Options["token"], string | (() => string | Promise<string>) | undefined>>(),
    same<Equal<Options["auth"], string | undefined>>(),
    same<Equal<Options["client"], Map<string, number> | undefined>>(),
  ]).not.toContain(false);
});

test("a plugin whose `create` returns the wrong type, or that receives an unknown option, does not compile", () => {
  const common = { kind: backend, id: "X", contractVersion: 1, settings } as const;
  // @ts-expect-error a login is no backend
  expect(definePlugin({ ...common, create: () => ({ login: async () => "" }) })).toBeDefined();
  // @ts-expect-error neither is a promise of one
  expect(definePlugin({ ...common, create: async () => ({ login: async () => "" }) })).toBeDefined();
  // @ts-expect-error the flag is no number
  expect(definePlugin({ ...common, options: { flag: 1 }, create: () => fakeBackend() })).toBeDefined();
  const create = ({ address, auth }: SettingsOf<typeof settings>) => {
    // @ts-expect-error a URL has no `login`
    void [auth.login, address.login];
    return fakeBackend();
  };
  expect(definePlugin({ ...common, create })).toBeDefined();
});

interface TokenSet {
  readonly accessToken: string;
  readonly expiresAt?: number;
  readonly scopes: readonly string[];
}

/** Never called. */
async function calls(manager: SecretsManager, tokens: TokenSet, parsed: unknown): Promise<void> {
  await manager.create("a", tokens);
  await manager.set("a", { nested: [{ deep: null }], flag: true });
  await manager.update("a", tokens);
  await manager.update("a", (current) => ({ ...current, counted: 1 }));
  await manager.update("a", async () => tokens);
  const secret = await manager.get("a");
  if (secret !== undefined) await manager.set("b", secret.value);
  await manager.set("c", JSON.parse("{}"));
  // @ts-expect-error a date is no JSON
  await manager.create("a", { at: new Date() });
  // @ts-expect-error neither is a function
  await manager.create("a", { run: () => 1 });
  // @ts-expect-error a string is no object
  await manager.create("a", "token");
  await manager.create("a", parsed);
  // @ts-expect-error a bigint is no JSON
  await manager.update("a", () => ({ count: 1n }));
  const typed = await manager.get("a", { schema: fakeSchema<StandardSchema<unknown, TokenSet>>() });
  const scopes: readonly string[] | undefined = typed?.value.scopes;
  // @ts-expect-error the schema's output has no such entry
  void [scopes, typed?.value.token];
  // @ts-expect-error values are read-only
  if (secret !== undefined) secret.value.token = "x";
}

test("calls accept JSON values and return the output of a schema", () => {
  expect(calls).toBeTypeOf("function");
});

/** A schema of which only the type is of interest. */
function fakeSchema<Schema>(): Schema {
  return booleanSetting as Schema;
}
