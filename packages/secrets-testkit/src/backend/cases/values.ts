import { isDeepStrictEqual } from "node:util";
import type { JsonValue, SecretValue } from "@archestra/secrets-core/plugin";
import {
  expectEqual,
  expectFailure,
  expectThat,
  fail,
  outcomeOf,
  show,
} from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";

const WHOLE_VALUE =
  'SecretsBackend.write: "Writes a whole value"; StoredSecret.value: "The JSON object in the store"';
/** The double next to it is 9007199254740992. */
const TOO_MANY_DIGITS = "9007199254740993";
const LARGEST_VALUE_BYTES = 512 * 1024;
const DEEPEST_LEVEL = 100;
const MOST_ENTRIES = 10_000;

const texts: readonly string[] = [
  "",
  " ",
  " space at both ends ",
  "tab\tnewline\nreturn\r\n",
  "quotes \" ' `",
  "back\\slash \\n \\u0041 \\\\",
  "</script><!-- & -->",
  "ünïcödé ß ﬁ",
  "e\u0301 is not composed",
  "漢字 かな 한글",
  "العربية עברית \u200f\u202e",
  "🙂 👨‍👩‍👧 \u{10ffff}",
  "\u2028\u2029\ufeff\u00a0\u200b",
  "\u0001\u001f\u007f\u0085",
  "null",
  "true",
  "0123",
  "1e3",
  "2020-01-01T00:00:00.000Z",
  '{"json":"in a text"}',
  "$1 {{token}} %s %00",
  "'; DROP TABLE secrets; --",
  "cGxhaW4gdGV4dA==",
  "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n",
];

const keys: readonly string[] = [
  "constructor",
  "prototype",
  "toString",
  "toJSON",
  "then",
  "valueOf",
  "hasOwnProperty",
  "length",
  "",
  " ",
  "0",
  "-1",
  "a.b",
  "a[0]",
  "$where",
  "A",
  "a",
  "ключ",
  "🙂",
  "\u2028",
  "data",
  "metadata",
  "value",
  "version",
  "__encrypted",
];

const numbers: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.1,
  -1.5e-7,
  1e21,
  123456789.1234567,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2 ** 63,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
];

export const valueCases: readonly ConformanceCase<BackendFixture>[] = [
  keeps("texts of every kind", () => ({ texts })),
  keeps("a text with a NUL character", () => ({ text: "before\0after" })),
  keeps("keys of every kind", () => Object.fromEntries(keys.map((key, index) => [key, index]))),
  keeps("a key named __proto__, with what is in it", () =>
    JSON.parse('{"__proto__":{"token":"1"},"nested":{"__proto__":"2"},"other":3}'),
  ),
  keeps("numbers of every size", () => ({ numbers })),
  keeps("null, booleans, and what is empty", () => ({
    nothing: null,
    yes: true,
    no: false,
    text: "",
    list: [],
    object: {},
    lists: [[], [[]], [null]],
  })),
  keeps("objects and lists in each other, in their order", () => ({
    list: [{ first: [3, 1, 2] }, ["a", { second: { third: "b" } }], null, "c"],
  })),
  keeps("a value that looks like an encrypted one", () => ({ __encrypted: "v1:AAAA:BBBB:CCCC" })),
  keeps("a value of one hundred levels", deepValue),
  {
    name: "keeps objects and lists of ten thousand entries",
    contract: WHOLE_VALUE,
    async run(fixture) {
      const { mostEntries = MOST_ENTRIES } = fixture.store;
      await expectKept(fixture, valueOfEntries(mostEntries));
      if (mostEntries < MOST_ENTRIES) await expectRefused(fixture, valueOfEntries(MOST_ENTRIES));
    },
  },
  keeps("the largest value of one-byte characters", () => largestValue("x", 1)),
  keeps("the largest value of four-byte characters", () => largestValue("🙂", 4)),
  keeps("the largest value of characters that stores escape", () => largestValue("<", 6)),
  {
    name: "an empty object is a value, or refused by a store that has none",
    contract: `${WHOLE_VALUE}; "{}" is one`,
    async run(fixture) {
      const { manager } = await fixture.open();
      const created = await outcomeOf(() => manager.create("a", {}));
      if (created.failed) {
        for (const call of [() => manager.create("a", {}), () => manager.set("a", {})])
          await expectFailure(
            "to write an empty object, which the store cannot hold,",
            call,
            "INVALID_ARGUMENT",
          );
        expectEqual(await manager.has("a"), false, "`has` of a secret that was refused");
        return;
      }
      await expectStored(fixture, "a", {});
      expectEqual(await manager.has("a"), true, "`has` of a secret whose value is an empty object");
      await manager.update("a", { token: "1" });
      await manager.set("a", {});
      await expectStored(fixture, "a", {});
      expectEqual(await manager.delete("a"), true, "`delete` of a secret whose value is an empty object");
    },
  },
  {
    name: "a new value replaces the whole old one",
    contract: WHOLE_VALUE,
    async run(fixture) {
      const { manager } = await fixture.openWith({ a: { old: "1", both: { old: true } } });
      await manager.set("a", { both: { new: true } });
      await expectStored(fixture, "a", { both: { new: true } });
      await manager.update("a", { last: "2" });
      await expectStored(fixture, "a", { last: "2" });
    },
  },
  {
    name: "a number that JavaScript would round is rejected when the value will be written to another store",
    contract:
      'CallContext.exactNumbers: "throws INVALID_VALUE, reason NUMBER_NOT_EXACT, for such a value instead of rounding it"',
    async run(fixture) {
      const { backend } = await fixture.open();
      await fixture.seedRaw("a", `{"number":${TOO_MANY_DIGITS}}`);
      // A store that has rounded the number itself gives what it keeps.
      if (!(await fixture.readRaw("a"))?.includes(TOO_MANY_DIGITS)) return;
      const context = { ...fixture.context(), exactNumbers: true };
      const read = await backend.get("a", context).then(
        (secret) => (secret === undefined ? "undefined" : show(secret.value)),
        () => undefined,
      );
      if (read === undefined || read.includes(TOO_MANY_DIGITS)) return;
      fail(`\`get\` with \`exactNumbers\` to refuse ${TOO_MANY_DIGITS}, which the store holds`, read);
    },
  },
  {
    name: "a reader cannot change the value of other readers",
    contract: 'StoredSecret.value: "never keep a reference to it"',
    async run(fixture) {
      const { backend } = await fixture.openWith({ a: { list: ["1"], token: "2" } });
      const first = await backend.get("a", fixture.context());
      expectThat(first !== undefined, "`get` to give the secret", "undefined");
      change(first.value);
      const second = await backend.get("a", fixture.context());
      const expected = { list: ["1"], token: "2" };
      expectThat(
        isDeepStrictEqual(second?.value, expected),
        `a second \`get\` to give ${show(expected)} after the object of the first was changed`,
        show(second?.value),
      );
    },
  },
];

function keeps(what: string, makeValue: () => SecretValue): ConformanceCase<BackendFixture> {
  return {
    name: `keeps ${what}`,
    contract: WHOLE_VALUE,
    run: (fixture) => expectKept(fixture, makeValue()),
  };
}

async function expectKept(fixture: BackendFixture, value: SecretValue): Promise<void> {
  const { manager } = await fixture.open();
  await manager.create("a", value);
  // As JSON has it: `-0` is 0 there.
  await expectStored(fixture, "a", JSON.parse(JSON.stringify(value)));
}

/** What a store does with a value that is larger than the harness says it accepts. */
async function expectRefused(fixture: BackendFixture, value: SecretValue): Promise<void> {
  const { manager } = await fixture.open();
  await expectFailure("`create` of a larger value", () => manager.create("b", value), "INVALID_ARGUMENT");
  expectThat(!(await manager.has("b")), "a refused value not to be stored", "a secret");
}

/** Reads by another client: nothing that the writing one remembers can stand in for the store. */
async function expectStored(fixture: BackendFixture, name: string, expected: SecretValue): Promise<void> {
  const { manager } = await fixture.open();
  const secret = await manager.get(name);
  if (isDeepStrictEqual(secret?.value, expected)) return;
  fail(`another client's \`get\` to give ${show(expected)}`, show(secret?.value));
}

function valueOfEntries(count: number): SecretValue {
  return {
    list: Array.from({ length: count }, (_, index) => index),
    object: Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, ""])),
  };
}

function change(value: SecretValue): void {
  const writable = value as { token?: unknown; list?: unknown[] };
  for (const attempt of [
    () => writable.list?.push("changed"),
    () => Object.assign(writable, { token: "changed" }),
  ]) {
    try {
      attempt();
    } catch {
      // It is frozen, so nobody can change it.
    }
  }
}

function deepValue(): SecretValue {
  let value: JsonValue = "the deepest";
  for (let level = 1; level <= DEEPEST_LEVEL; level++) value = { level: value };
  return value as SecretValue;
}

/** As large as core lets a value be: `{"value":"…"}` with as many characters as fit. */
function largestValue(character: string, bytes: number): SecretValue {
  const frame = Buffer.byteLength(JSON.stringify({ value: "" }));
  return { value: character.repeat(Math.floor((LARGEST_VALUE_BYTES - frame) / bytes)) };
}
