import type { SecretsManager } from "@archestra/secrets-core";
import { expectEqual, expectFailure } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";

const IDENTITY =
  "SecretsBackend: a name is the identity of a secret; any name of the grammar (`assertSecretName`) is one, and no two are the same";

const LONGEST_SEGMENT = "s".repeat(96);
const LONGEST_SEGMENT_OF_FOUR_BYTES = "🙂".repeat(24);
const LONGEST_NAME = `${Array.from({ length: 5 }, () => LONGEST_SEGMENT).join("/")}/${"n".repeat(27)}`;

/** Names that somebody who encodes, decodes, splits or matches wrongly takes for one another. */
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
  "words of stores are ordinary": [
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
    LONGEST_SEGMENT,
    LONGEST_SEGMENT_OF_FOUR_BYTES,
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
  "s".repeat(97),
  "🙂".repeat(25),
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
    name: "a name that breaks the grammar is refused by every call, and nothing is written",
    contract: "assertSecretName: INVALID_ARGUMENT for a name that breaks the grammar",
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

/** Creates a secret under each name, then looks whether each holds its own value, and goes alone. */
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
