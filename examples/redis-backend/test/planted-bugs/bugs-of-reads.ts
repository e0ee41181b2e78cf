// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

const FILE = "redis-backend.ts";
const GET = 'const opened = this.#cipher.decrypt(value ?? "", { key, version: version ?? "" });';

/** Mistakes in reading, listing and checking. */
export const bugsOfReads: readonly PlantedBug[] = [
  {
    mistake: "A failed read counts as absence.",
    file: FILE,
    changes: [
      [
        'const answer = await this.#read(["HMGET", key, "version", "created", "updated", "value"], signal);',
        'const answer = await this.#read(["HMGET", key, "version", "created", "updated", "value"], signal).catch(() => [null, null, null, null]);',
      ],
    ],
    groups: ["errors"],
    caughtBy: "unavailable: get is UNAVAILABLE",
  },
  {
    mistake: "A read that the backend's own timer ended counts as absence.",
    file: FILE,
    changes: [
      [
        "    const [version, created, updated, value, ...rest] = textsOf(answer);",
        "    if (answer === undefined) return undefined;\n    const [version, created, updated, value, ...rest] = textsOf(answer);",
      ],
      [
        'await this.#read(["HMGET", key, "version", "created", "updated", "value"], signal);',
        'await Promise.race([this.#read(["HMGET", key, "version", "created", "updated", "value"], signal), new Promise((resolve) => setTimeout(resolve, 15_000, undefined))]);',
      ],
    ],
    groups: ["lifecycle", "errors"],
    caughtBy: "timeout: no call claims a result after half a minute without an answer",
  },
  {
    mistake: "An answer of another server counts as absence.",
    file: FILE,
    changes: [
      [
        "if (value === undefined || rest.length > 0) throw new StrangeAnswer();",
        "if (value === undefined) return undefined;",
      ],
    ],
    groups: ["errors"],
    caughtBy: "nonsense: get claims nothing",
  },
  {
    mistake: "A value that cannot be decrypted counts as absence.",
    file: FILE,
    changes: [
      [
        GET,
        `let opened: SecretValue;\n    try {\n      opened = this.#cipher.decrypt(value ?? "", { key, version: version ?? "" });\n    } catch {\n      return undefined;\n    }`,
      ],
    ],
    groups: ["errors"],
    caughtBy: "damaged: a stored text that is no value is reported as a damaged secret, and not as absence",
  },
  {
    mistake: "An empty value counts as absence.",
    file: FILE,
    changes: [[GET, `${GET}\n    if (Object.keys(opened).length === 0) return undefined;`]],
    groups: ["values", "existence"],
    caughtBy: "an empty object is a value, or refused by a store that has none",
  },
  {
    mistake: "`get` returns no version.",
    file: FILE,
    changes: [
      [
        "return { ...infoOf(name, version, created, updated), value: opened };",
        "const { version: _left, ...info } = infoOf(name, version, created, updated);\n    return { ...info, value: opened };",
      ],
    ],
    groups: ["versions"],
    caughtBy: "write, get and list return the same version",
  },
  {
    mistake: "A read is served from a memory of the process for a second.",
    file: FILE,
    changes: [
      [
        "  readonly #pool: ConnectionPool;",
        "  readonly #recent = new Map<string, { answer: unknown; until: number }>();\n  readonly #pool: ConnectionPool;",
      ],
      [
        'const answer = await this.#read(["HMGET", key, "version", "created", "updated", "value"], signal);',
        'const recent = this.#recent.get(key);\n    const answer = recent !== undefined && recent.until > Date.now() ? recent.answer : await this.#read(["HMGET", key, "version", "created", "updated", "value"], signal);\n    this.#recent.set(key, { answer, until: Date.now() + 1_000 });',
      ],
    ],
    groups: ["concurrency", "existence"],
    caughtBy: "another client immediately sees a write, an update and a deletion",
  },
  {
    mistake: "`has` reads the set of names, which a deletion does not clean.",
    file: FILE,
    changes: [
      [
        'return oneOf(await this.#read(["EXISTS", this.#keyOf(name)], signal), [0, 1]) === 1;',
        'return (await this.#read(["ZSCORE", this.#names, name], signal)) !== null;',
      ],
    ],
    groups: ["errors", "existence"],
    caughtBy: "nonsense: has claims nothing",
  },
  {
    mistake: "A list is sorted by JavaScript's own order.",
    file: FILE,
    changes: [
      [
        "if (page.length === 0) return;",
        "if (page.length === 0) return;\n      page.sort(([one], [other]) => (one < other ? -1 : 1));",
      ],
    ],
    groups: ["listing"],
    caughtBy: "names come in the order of their bytes in UTF-8, each once",
  },
  {
    mistake: "A page begins with the last name of the page before.",
    file: FILE,
    changes: [["lowest = `(${name}`;", "lowest = page.length < this.#pageSize ? `(${name}` : `[${name}`;"]],
    groups: ["listing"],
    caughtBy: "more secrets than a page of the store are all listed and counted",
  },
  {
    mistake: "Pages are counted by offset, so a deletion between two pages hides a name.",
    file: FILE,
    changes: [
      [
        "      const count = String(Math.min(left, this.#pageSize));",
        "      const count = String(offset + Math.min(left, this.#pageSize));",
      ],
      ["    for (let left = limit", "    let offset = 0;\n    for (let left = limit"],
      [
        "      if (page.length === 0) return;",
        "      page.splice(0, offset);\n      offset += page.length;\n      if (page.length === 0) return;",
      ],
      ["        lowest = `(${name}`;\n", ""],
    ],
    groups: ["listing"],
    caughtBy: "pages list every permanent secret once, while other clients delete and create",
  },
  {
    mistake: "A list begins after `after`, even if that is before the prefix.",
    file: FILE,
    changes: [
      [
        "after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0",
        "after !== undefined",
      ],
    ],
    groups: ["listing"],
    caughtBy: "a list with a prefix continues after any name",
  },
  {
    mistake: "A list ends at U+FFFF and omits names with emoji after the prefix.",
    file: FILE,
    changes: [["Buffer.concat([Buffer.from(`(${prefix}`), Buffer.of(255)])", "`(${prefix}\\u{ffff}`"]],
    groups: ["listing"],
    caughtBy: "a prefix selects names whose next character is beyond the Basic Multilingual Plane",
  },
  {
    mistake: "A list ignores the limit.",
    file: FILE,
    changes: [["        left--;\n", ""]],
    groups: ["listing"],
    caughtBy: "the backend itself returns at most as many entries as the limit",
  },
  {
    mistake: "A list reads one page only.",
    file: FILE,
    changes: [
      [
        "for (let left = limit ?? Number.POSITIVE_INFINITY; left > 0; ) {",
        "for (let left = limit ?? Number.POSITIVE_INFINITY, isFirst = true; left > 0 && isFirst; isFirst = false) {",
      ],
    ],
    groups: ["listing"],
    caughtBy: "more secrets than a page of the store are all listed and counted",
  },
  {
    mistake: "A list continues when its signal aborts.",
    file: FILE,
    changes: [
      [
        '["EVAL", LIST, "1", this.#names, lowest, highest, count, this.#secrets],\n        signal,',
        '["EVAL", LIST, "1", this.#names, lowest, highest, count, this.#secrets],\n        new AbortController().signal,',
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "aborted: the backend ends list while the store does not respond",
  },
  {
    mistake: "`check` asks the server nothing.",
    file: FILE,
    changes: [
      ["const problems = await this.#problems(context.signal);", "const problems: HealthProblem[] = [];"],
    ],
    groups: ["errors"],
    caughtBy: "unavailable: check is UNAVAILABLE",
  },
  {
    mistake: "`check` counts names that break the grammar.",
    file: FILE,
    changes: [["if (isSecretName(name)) listed++;", 'if (isSecretName(name) || name !== "") listed++;']],
    groups: ["names", "listing", "capabilities"],
    caughtBy: "an entry whose name violates the grammar is not listed, and is counted by check",
  },
];
