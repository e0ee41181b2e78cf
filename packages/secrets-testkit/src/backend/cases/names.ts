import type { SecretsManager } from "@archestra/secrets-core";
import { expectEqual, expectFailure, outcomeOf } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";

const IDENTITY =
  "SecretsBackend: a name is the identity of a secret; any name of the grammar (`assertSecretName`) is one, and no two are the same";

/** The longest segment that every store holds, such as files whose names are encrypted. */
const PORTABLE_SEGMENT = "s".repeat(96);
const PORTABLE_SEGMENT_OF_FOUR_BYTES = "🙂".repeat(24);
const LONGEST_NAME = `${Array.from({ length: 5 }, () => PORTABLE_SEGMENT).join("/")}/${"n".repeat(27)}`;
/** Longer ones, up to the limit of the grammar, which a store may refuse. */
const longSegments = [97, 101, 128, 200, 254, 255].map((bytes) => "l".repeat(bytes));
const longNames = [
  ...longSegments,
  "🙂".repeat(60),
  `${"f".repeat(255)}/a`,
  `${"f".repeat(255)}/${"g".repeat(255)}`,
];

/** Names that faulty encoding, decoding, splitting or matching would confuse. */
const tables = {
  "percent signs are not decoded, once or twice": [
    "a/b",
    "a%2Fb",
    "a%2fb",
    "a%252Fb",
    "a%25252Fb",
    "%2e%2e/b",
    "%252e%252e/b",
    "a b",
    "a%20b",
    "a+b",
    "100%",
    "%zz",
  ],
  "upper and lower case are different": [
    "token",
    "Token",
    "TOKEN",
    "ß",
    "SS",
    "ss",
    "ſs",
    "i",
    "İ",
    "ı",
    "I",
  ],
  "a name and the names below it are different secrets": [
    "a",
    "a/a",
    "a/a/a",
    "a/b",
    "ab",
    "a-b",
    "a/b-c",
    "a/b/c",
  ],
  "letters with marks are different from those without": ["e", "é", "è", "ё", "е", "o", "ö", "ø", "n", "ñ"],
  "characters of paths and queries are ordinary": [
    "a?b=c",
    "a#b",
    "a&b",
    "a;b",
    "a\\b",
    "a:b",
    "a|b",
    "a@b",
    "~",
    "a/~",
    "C:\\a",
    "a=b",
    "https:/host/a",
  ],
  "characters of patterns and statements are ordinary": [
    "a*",
    "a_",
    "a%",
    "a.",
    ".a",
    "a[b]",
    "(a)",
    "{a}",
    "^a$",
    "a'b",
    'a"b',
    "a`b",
    "a--b",
    "'; DROP TABLE secrets; --",
    "$a",
    "<a>",
    "a,b",
    "!a",
  ],
  "names of an object's properties are ordinary": [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "length",
    "0",
    "then",
    "null",
    "undefined",
  ],
  "reserved words of stores are ordinary": [
    "data",
    "metadata",
    "secret/data/a",
    "secret/metadata/a",
    "delete",
    "config",
    "con",
    "NUL",
    ".git",
    "index",
    "list",
  ],
  "scripts and symbols of every kind are ordinary": [
    "漢字",
    "かな",
    "한글",
    "العربية",
    "עברית",
    "ไทย",
    "🙂",
    "👍",
    "\uff21",
    "\u{10000}",
    "\u{1f642}/\uffee",
    "§",
    "€",
    "½",
    "a b c",
  ],
  "the longest names are kept whole": [
    PORTABLE_SEGMENT,
    PORTABLE_SEGMENT_OF_FOUR_BYTES,
    LONGEST_NAME,
    LONGEST_NAME.slice(0, -1),
    `${LONGEST_NAME.slice(0, -1)}m`,
  ],
} as const;

const refused: readonly string[] = [
  "",
  "/a",
  "a/",
  "a//b",
  ".",
  "./a",
  "a/./b",
  "..",
  "../a",
  "a/../b",
  "a/..",
  "a..b",
  "a\\..\\b",
  " a",
  "a ",
  "a/ b",
  "a\0b",
  "a\nb",
  "a\u200bb",
  "a\u202eb",
  "e\u0301",
  "s".repeat(256),
  "🙂".repeat(64),
  `${LONGEST_NAME}n`,
];

const calls: readonly (readonly [
  name: string,
  run: (manager: SecretsManager, name: string) => Promise<unknown>,
])[] = [
  ["create", (manager, name) => manager.create(name, { token: "1" })],
  ["set", (manager, name) => manager.set(name, { token: "1" })],
  ["get", (manager, name) => manager.get(name)],
  ["getMany", (manager, name) => manager.getMany(["a", name])],
  ["has", (manager, name) => manager.has(name)],
  ["update", (manager, name) => manager.update(name, { token: "1" })],
  ["update with a function", (manager, name) => manager.update(name, () => ({ token: "1" }))],
  ["delete", (manager, name) => manager.delete(name)],
];

export const nameCases: readonly ConformanceCase<BackendFixture>[] = [
  ...Object.entries(tables).map(
    ([what, names]): ConformanceCase<BackendFixture> => ({
      name: what,
      contract: IDENTITY,
      run: (fixture) => keepApart(fixture, names),
    }),
  ),
  {
    name: "a name with a segment of up to 255 bytes is stored whole, or rejected by every call",
    contract:
      "assertSecretName: segments of at most 255 bytes; a store with a lower limit rejects longer ones with INVALID_ARGUMENT, and accepts 96 bytes",
    async run(fixture) {
      const { manager } = await fixture.open();
      const kept: string[] = [];
      for (const name of longNames) {
        const outcome = await outcomeOf(() => manager.create(name, { name }));
        if (!outcome.failed) {
          kept.push(name);
          continue;
        }
        for (const [call, run] of calls) {
          const what = `\`${call}\` of a segment of ${Buffer.byteLength(name)} bytes, which \`create\` refused,`;
          if (call !== "getMany") await expectFailure(what, () => run(manager, name), "INVALID_ARGUMENT");
        }
      }
      const { manager: reader, backend } = await fixture.open();
      for (const name of kept)
        expectEqual((await reader.get(name))?.value, { name }, `the value of ${JSON.stringify(name)}`);
      if (backend.capabilities.list) {
        const names = await Array.fromAsync(reader.list(), ({ name }) => name);
        expectEqual(names, kept.toSorted(), "the list of the long names that were kept");
      }
      for (const name of kept)
        expectEqual(await reader.delete(name), true, `\`delete\` of ${JSON.stringify(name)}`);
    },
  },
  {
    name: "a name that violates the grammar is rejected by every call, and nothing is written",
    contract: "assertSecretName: INVALID_ARGUMENT for a name that violates the grammar",
    async run(fixture) {
      const { manager, backend } = await fixture.open();
      for (const name of refused) {
        for (const [call, run] of calls) {
          await expectFailure(
            `\`${call}\` of ${JSON.stringify(name)}`,
            () => run(manager, name),
            "INVALID_ARGUMENT",
          );
        }
      }
      if (!backend.capabilities.list) return;
      const names = await Array.fromAsync(manager.list(), ({ name }) => name);
      expectEqual(names, [], "the list after nothing but refused calls");
    },
  },
];

/** Creates a secret under each name, then verifies the value and the deletion of each. */
async function keepApart(fixture: BackendFixture, names: readonly string[]): Promise<void> {
  const { manager } = await fixture.open();
  for (const name of names) {
    expectEqual(await manager.has(name), false, `\`has\` of ${JSON.stringify(name)}, before it is created,`);
    await manager.create(name, { name });
  }
  const { manager: reader } = await fixture.open();
  for (const name of names) {
    const secret = await reader.get(name);
    expectEqual(secret?.value, { name }, `the value of ${JSON.stringify(name)}`);
  }
  for (const [index, name] of names.entries()) {
    expectEqual(await manager.delete(name), true, `\`delete\` of ${JSON.stringify(name)}`);
    for (const [other, left] of names.entries()) {
      if (other !== index && other !== index + 1) continue;
      const what = `\`has\` of ${JSON.stringify(left)}, after ${JSON.stringify(name)} was deleted,`;
      expectEqual(await manager.has(left), other > index, what);
    }
  }
}
