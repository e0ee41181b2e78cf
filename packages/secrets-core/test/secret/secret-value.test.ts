import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { SecretValueRule } from "../../src/index.ts";
import { copySecretValue } from "../../src/secret/secret-value.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { failure, thrownBy } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

class Credentials {
  readonly token = plantedText();
}

const notAnObject: readonly [what: string, value: unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["a string", plantedText()],
  ["a number", 5],
  ["a boolean", true],
  ["a bigint", 5n],
  ["a symbol", Symbol("a")],
  ["an array", [plantedText()]],
  ["an instance of a class", new Credentials()],
  ["a Date", new Date()],
  ["a Map", new Map([["token", plantedText()]])],
  ["a Buffer", Buffer.from(plantedText())],
  ["an Error", new Error(plantedText())],
  ["a Promise", Promise.resolve(plantedValue())],
];

const notJson: readonly [what: string, entry: unknown][] = [
  ["an array with undefined", [undefined]],
  ["a function", () => plantedText()],
  ["a symbol", Symbol("a")],
  ["a bigint", 5n],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["a Date", new Date()],
  ["a Map", new Map([["token", plantedText()]])],
  ["a Set", new Set([plantedText()])],
  ["a RegExp", /a/],
  ["a Buffer", Buffer.from(plantedText())],
  ["a boxed string", new String(plantedText())],
  ["an Error", new Error(plantedText())],
  ["an instance of a class", new Credentials()],
  ["a getter", Object.defineProperty({}, "token", { get: plantedText, enumerable: true })],
  ["a property that is not enumerable", Object.defineProperty({}, "token", { value: plantedText() })],
  ["a symbol as a key", { [Symbol("token")]: plantedText() }],
  ["an array with a hole", new Array(2)],
  ["an array with a property of its own", Object.assign([1], { token: plantedText() })],
  ["an array with a getter", Object.defineProperty([1], 0, { get: plantedText })],
  ["a proxy", new Proxy(plantedValue(), {})],
  ["a proxy of an array", new Proxy([plantedText()], {})],
  [
    "a proxy that throws",
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error(plantedText());
        },
      },
    ),
  ],
];

const cyclicObject: Record<string, unknown> = { a: plantedText() };
cyclicObject.self = { again: cyclicObject };
const cyclicArray: unknown[] = [];
cyclicArray.push([cyclicArray]);

const otherRules: readonly [what: string, value: unknown, rule: SecretValueRule][] = [
  ["an object that holds itself", cyclicObject, "VALUE_CYCLIC"],
  ["an array that holds itself", { a: cyclicArray }, "VALUE_CYCLIC"],
  ["half of a surrogate pair in a string", { token: `${plantedText()}\ud83d` }, "VALUE_LONE_SURROGATE"],
  ["half of a surrogate pair in a key", { "a\ude00": plantedText() }, "VALUE_LONE_SURROGATE"],
  ["101 levels of objects", nested(101), "VALUE_TOO_DEEP"],
  ["101 levels of arrays", { a: nestedArrays(100) }, "VALUE_TOO_DEEP"],
  ["10 001 entries in an object", withEntries(10_001), "VALUE_TOO_MANY_ENTRIES"],
  ["10 001 entries in an array", { a: new Array(10_001).fill(0) }, "VALUE_TOO_MANY_ENTRIES"],
  ["512 KiB and one byte", ofBytes(512 * 1024 + 1), "VALUE_TOO_LARGE"],
];

describe("an empty object", () => {
  test("is a value", () => {
    expect(copySecretValue({})).toEqual({});
    expect(Object.keys(copySecretValue({ a: 1, b: undefined }))).toEqual(["a"]);
    expect(copySecretValue(Object.create(null))).toEqual({});
  });
});

describe("a value that is not a JSON object", () => {
  test.each(notAnObject)("%s is refused", (_what, value) => {
    const error = thrownBy(() => copySecretValue(value));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", reason: "VALUE_NOT_OBJECT" });
  });

  test.each(notJson)("%s inside is refused, with its path", (_what, entry) => {
    const error = thrownBy(() => copySecretValue({ fine: plantedText(), list: [1, { entry }] }));

    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", reason: "VALUE_NOT_JSON" });
    expect(error.message).toContain("list[1].entry");
  });

  test("a proxy is refused as the value itself, a revoked one too", () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();

    for (const proxy of [new Proxy(plantedValue(), {}), revoked.proxy]) {
      expect(thrownBy(() => copySecretValue(proxy)).reason).toBe("VALUE_NOT_JSON");
    }
  });

  test.each(otherRules)("%s is refused", (_what, value, rule) => {
    expect(thrownBy(() => copySecretValue(value))).toMatchObject({ code: "INVALID_ARGUMENT", reason: rule });
  });

  test("is refused by create, set and both kinds of update, before anything is written", async () => {
    const written: string[] = [];
    const manager = await openBackend(
      fakeBackend({
        get: async (name) => ({ name, version: "1", value: plantedValue() }),
        write: async (name) => ({ name, version: String(written.push(name)) }),
      }),
    );
    const bad = { when: new Date() } as never;

    for (const call of [
      manager.create("a", bad),
      manager.set("a", bad),
      manager.update("a", bad),
      manager.update("a", () => bad),
      manager.update("a", async () => bad),
    ]) {
      expect(await failure(call)).toMatchObject({
        reason: "VALUE_NOT_JSON",
        secretName: "a",
        manager: "FAKE",
      });
    }

    expect(written).toEqual([]);
  });

  test("is described by a path that is truncated where it would fill the message", () => {
    const error = thrownBy(() => copySecretValue({ ["k".repeat(5_000)]: Number.NaN }));

    expect(error.message).toContain("kkk");
    expect(error.message.length).toBeLessThan(300);
  });
});

describe("a value at its limits", () => {
  test.each<[what: string, value: object]>([
    ["100 levels of objects", nested(100)],
    ["100 levels with arrays", { a: nestedArrays(99) }],
    ["10 000 entries in an object", withEntries(10_000)],
    ["10 000 entries in an array", { a: new Array(10_000).fill(0) }],
    ["exactly 512 KiB", ofBytes(512 * 1024)],
    ["an object that occurs twice, in no cycle", sharedTwice()],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 })],
    ["an object of another realm", runInNewContext("({ a: [1, { b: 2 }] })")],
    ["frozen objects", Object.freeze({ a: Object.freeze([1]) })],
  ])("%s round-trips", async (_what, value) => {
    const manager = await openMemory();
    await manager.create("a", value as never);

    expect(JSON.stringify((await manager.get("a"))?.value)).toBe(JSON.stringify(value));
  });

  test.each([
    ["<", 6],
    [">", 6],
    ["&", 6],
    ["\u2028", 6],
    ["\u2029", 6],
    ["a", 1],
    ["é", 2],
    ["漢", 3],
    ["🙂", 4],
    ['"', 2],
    ["\u0001", 6],
  ])("%j counts %i bytes", (character, bytes) => {
    const left = 512 * 1024 - '{"a":""}'.length;
    const fitting = character.repeat(Math.floor(left / bytes)) + "a".repeat(left % bytes);

    expect(copySecretValue({ a: fitting })).toEqual({ a: fitting });
    expect(thrownBy(() => copySecretValue({ a: `${fitting}a` })).reason).toBe("VALUE_TOO_LARGE");
  });

  test("keys count as values do", () => {
    const half = (512 * 1024 - '{"":""}'.length) / 6;
    const key = "<".repeat(Math.floor(half));

    expect(copySecretValue({ [key]: "" })).toEqual({ [key]: "" });
    expect(thrownBy(() => copySecretValue({ [key]: "<" })).reason).toBe("VALUE_TOO_LARGE");
  });
});

function nested(levels: number): object {
  let value: object = { end: plantedText() };
  for (let level = 1; level < levels; level++) value = { in: value };
  return value;
}

function nestedArrays(levels: number): unknown[] {
  let value: unknown[] = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

function withEntries(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, index]));
}

function ofBytes(bytes: number): object {
  const angles = 1_000;
  const rest = bytes - '{"a":""}'.length - angles * 6;
  return { a: "<".repeat(angles) + "a".repeat(rest) };
}

function sharedTwice(): object {
  const shared = { token: plantedText() };
  return { first: shared, second: [shared, shared] };
}
