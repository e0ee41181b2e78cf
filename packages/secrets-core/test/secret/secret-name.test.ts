import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SecretNameRule, SecretsManager } from "../../src/index.ts";
import { MemoryStore } from "../../src/memory.ts";
import { assertSecretName, isSecretName, type SecretsBackend } from "../../src/plugin.ts";
import { plantedValue } from "../planted.ts";
import { secretName } from "../support/arbitraries.ts";
import { failure, thrownBy } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";

const refused: readonly [what: string, name: string, rule: SecretNameRule][] = [
  ["the empty name", "", "NAME_EMPTY"],
  ["a leading slash", "/a", "NAME_EMPTY_SEGMENT"],
  ["a trailing slash", "a/", "NAME_EMPTY_SEGMENT"],
  ["two slashes in a row", "a//b", "NAME_EMPTY_SEGMENT"],
  ["a slash alone", "/", "NAME_EMPTY_SEGMENT"],
  ["the segment `.`", "a/./b", "NAME_DOT_SEGMENT"],
  ["`.` alone", ".", "NAME_DOT_SEGMENT"],
  ["`..` alone", "..", "NAME_DOUBLE_DOT"],
  ["the segment `..`", "tenant-a/../tenant-b", "NAME_DOUBLE_DOT"],
  ["`..` inside a segment", "a..b", "NAME_DOUBLE_DOT"],
  ["a space at the beginning", " a", "NAME_EDGE_SPACE"],
  ["a space at the end", "a ", "NAME_EDGE_SPACE"],
  ["a space at the end of an inner segment", "a /b", "NAME_EDGE_SPACE"],
  ["a segment that is a space", "a/ /b", "NAME_EDGE_SPACE"],
  ["a decomposed letter", "cafe\u0301", "NAME_NOT_NORMALIZED"],
  ["a singleton that normalizes to another letter", "\u212b", "NAME_NOT_NORMALIZED"],
  ["a segment of 256 bytes", "a".repeat(256), "NAME_SEGMENT_TOO_LONG"],
  ["a segment of 86 letters of three bytes", "漢".repeat(86), "NAME_SEGMENT_TOO_LONG"],
  ["a second segment of 256 bytes", `a/${"b".repeat(256)}`, "NAME_SEGMENT_TOO_LONG"],
  ["513 bytes in all", nameOfBytes(513), "NAME_TOO_LONG"],
  ["a control character", "a\u0000b", "NAME_CHARACTER"],
  ["a line break", "a\nb", "NAME_CHARACTER"],
  ["a tab", "a\tb", "NAME_CHARACTER"],
  ["a lone high surrogate", "a\ud83db", "NAME_CHARACTER"],
  ["a lone low surrogate", "a\ude00", "NAME_CHARACTER"],
  ["a zero-width space", "a\u200bb", "NAME_CHARACTER"],
  ["a change of writing direction", "a\u202eb", "NAME_CHARACTER"],
  ["a byte-order mark", "\ufeffa", "NAME_CHARACTER"],
  ["a soft hyphen", "a\u00adb", "NAME_CHARACTER"],
  ["a combining grapheme joiner, a mark that does not show", "a\u034fb", "NAME_CHARACTER"],
  ["a Hangul filler, a letter that does not show", "a\u3164b", "NAME_CHARACTER"],
  ["a variation selector", "a\ufe0f", "NAME_CHARACTER"],
  ["a tag character", "a\u{e0041}", "NAME_CHARACTER"],
  ["a no-break space", "a\u00a0b", "NAME_CHARACTER"],
  ["a line separator", "a\u2028b", "NAME_CHARACTER"],
  ["a private-use character", "a\ue000", "NAME_CHARACTER"],
  ["a code point without a character", "a\u0378", "NAME_CHARACTER"],
];

const ordinary = [
  "github_token",
  "team-a/slack",
  "%2e%2e",
  "%2F",
  "a?b",
  "#",
  "\\",
  ".a.",
  ".hidden/x.y.z",
  "a b",
  "data/metadata",
  "__proto__",
  "constructor",
  "🙂",
  "👨🏽/🇫🇷",
  "café",
  "漢字",
  "a:b@c!$&'()*+,;=[]{}|^`~\"<>",
  "a".repeat(255),
  "漢".repeat(85),
  // 64 characters and a UUID, as the original product makes names.
  `${"t".repeat(64)}-3f2504e0-4f89-41d3-9a0c-0305e82c3301`,
  nameOfBytes(512),
];

describe("a name that violates the grammar", () => {
  test.each(refused)("%s is refused with its rule", (_what, name, rule) => {
    expect(isSecretName(name)).toBe(false);
    expect(thrownBy(() => assertSecretName(name))).toMatchObject({ code: "INVALID_ARGUMENT", reason: rule });
  });

  test.each(callsWithNames())("is refused by %s before the backend is asked", async (_call, run) => {
    const asked: string[] = [];
    const manager = await openBackend(recordingBackend(asked));

    for (const [, name, rule] of refused) {
      const error = await failure(run(manager, name));
      expect(error).toMatchObject({
        code: "INVALID_ARGUMENT",
        reason: rule,
        manager: "FAKE",
        retryable: false,
      });
    }

    expect(asked).toEqual([]);
    await run(manager, "good").catch(() => undefined);
    expect(asked).not.toEqual([]);
  });

  test("is described on one line, escaped and truncated, with the offending code point", () => {
    const { message } = thrownBy(() => assertSecretName(`a\n\u202e${"b".repeat(5_000)}`));

    expect(message).toContain("U+000A");
    expect(message).toContain('"a\\u{a}\\u{202e}bbb');
    expect(message).not.toMatch(/[\n\u202e]/);
    expect(message.length).toBeLessThan(400);
  });

  test.each([undefined, null, 5, {}, ["a"], Symbol("a")])("%s is a programmer's mistake", async (name) => {
    const manager = await openMemory();

    await expect(manager.get(name as never)).rejects.toThrow(TypeError);
    await expect(manager.create(name as never, plantedValue())).rejects.toThrow(TypeError);
    await expect(manager.getMany([name as never])).rejects.toThrow(TypeError);
  });
});

describe("a valid name", () => {
  test.each(ordinary)("%j is an ordinary name", (name) => {
    expect(isSecretName(name)).toBe(true);
    expect(() => assertSecretName(name)).not.toThrow();
  });

  test("round-trips through create, get, list and delete byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(secretName, { minLength: 1, maxLength: 4 }), async (names) => {
        const manager = await openMemory(new MemoryStore());
        for (const name of names) expect((await manager.create(name, { of: name })).name).toBe(name);

        for (const name of names) expect((await manager.get(name))?.value).toEqual({ of: name });
        const listed = await Array.fromAsync(manager.list(), ({ name }) => Buffer.from(name).toString("hex"));
        expect(listed).toEqual(names.map((name) => Buffer.from(name).toString("hex")).sort());

        for (const name of names) expect(await manager.delete(name)).toBe(true);
        expect(await Array.fromAsync(manager.list())).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test("counts case and is never changed: look-alikes are other secrets", async () => {
    const manager = await openMemory();
    await manager.create("Token", { is: "upper" });
    await manager.create("token", { is: "lower" });

    expect((await manager.get("Token"))?.value).toEqual({ is: "upper" });
    expect((await manager.get("token"))?.value).toEqual({ is: "lower" });
    expect(await manager.get("TOKEN")).toBeUndefined();
  });
});

describe("a valid name that becomes invalid", () => {
  const invisible = fc.constantFrom(
    ..."\u200b\u200d\u2060\u00ad\u034f\u115f\u180b\ufe00\ufeff\u{e0100}\n\0\u00a0\u2029\ue000",
  );
  const loneSurrogate = fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit));

  test.each<[string, fc.Arbitrary<string>, SecretNameRule]>([
    ["by a character that does not show", spoilt(invisible), "NAME_CHARACTER"],
    ["by half of a surrogate pair", spoilt(loneSurrogate), "NAME_CHARACTER"],
    ["by `..`", spoilt(fc.constant("..")), "NAME_DOUBLE_DOT"],
    ["by a decomposed letter", secretName.map((name) => `${name}/e\u0301`), "NAME_NOT_NORMALIZED"],
    ["by an empty segment", secretName.map((name) => `${name}//a`), "NAME_EMPTY_SEGMENT"],
    ["by a slash at the end", secretName.map((name) => `${name}/`), "NAME_EMPTY_SEGMENT"],
    ["by the segment `.`", secretName.map((name) => `${name}/./a`), "NAME_DOT_SEGMENT"],
    ["by a space at its end", secretName.map((name) => `b/ ${name}`), "NAME_EDGE_SPACE"],
    [
      "by a segment of 256 bytes",
      secretName.map((name) => `${"a".repeat(256)}/${name}`),
      "NAME_SEGMENT_TOO_LONG",
    ],
    ["by 513 bytes in all", secretName.map(padTo513), "NAME_TOO_LONG"],
  ])("%s is refused with that rule", (_how, name, rule) => {
    fc.assert(
      fc.property(name, (spoiltName) => {
        expect(thrownBy(() => assertSecretName(spoiltName)).reason).toBe(rule);
      }),
    );
  });
});

/** Puts a text between any two characters of a good name. */
function spoilt(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(secretName, text, fc.nat()).map(([name, inserted, position]) => {
    const characters = [...name];
    characters.splice(position % (characters.length + 1), 0, inserted);
    return characters.join("");
  });
}

function padTo513(name: string): string {
  let padded = name;
  for (;;) {
    const missing = 513 - Buffer.byteLength(padded);
    if (missing <= 0) return missing === 0 ? padded : `${padded}/a`;
    padded += `/${"a".repeat(Math.max(1, Math.min(255, missing - 1)))}`;
  }
}

function nameOfBytes(bytes: number): string {
  return Array.from({ length: Math.ceil(bytes / 256) }, () => "a".repeat(255))
    .join("/")
    .slice(0, bytes);
}

function recordingBackend(asked: string[]): SecretsBackend {
  const plain = fakeBackend();
  return fakeBackend({
    get: async (name) => void asked.push(name),
    has: async (name) => asked.push(name) > 0,
    write: async (name) => ({ name, version: String(asked.push(name)) }),
    delete: async (name) => asked.push(name) > 0,
    list: plain.list,
  });
}

function callsWithNames(): [string, (manager: SecretsManager, name: string) => Promise<unknown>][] {
  return [
    ["create", (manager, name) => manager.create(name, plantedValue())],
    ["set", (manager, name) => manager.set(name, plantedValue())],
    ["get", (manager, name) => manager.get(name)],
    ["has", (manager, name) => manager.has(name)],
    ["update", (manager, name) => manager.update(name, plantedValue())],
    ["update with a function", (manager, name) => manager.update(name, () => plantedValue())],
    ["delete", (manager, name) => manager.delete(name)],
    ["getMany", (manager, name) => manager.getMany(["good", name])],
  ];
}
