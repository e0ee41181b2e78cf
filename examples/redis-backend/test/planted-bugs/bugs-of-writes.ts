// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

const FILE = "redis-backend.ts";
const SCRIPTS = "scripts.ts";
const FIND = "(signal) => this.#findWrite(name, version, signal),";

/** Mistakes in writing and deleting. */
export const bugsOfWrites: readonly PlantedBug[] = [
  {
    mistake: "A write checks its condition first and writes in a second step.",
    file: FILE,
    changes: [
      [
        "    return this.#change(\n      command,",
        '    const current = await this.get(name, context).catch(() => undefined);\n    if (typeof expect === "object" && current?.version === expect.version) command[5] = "any";\n    if (expect === "absent" && current === undefined) command[5] = "any";\n    return this.#change(\n      command,',
      ],
    ],
    groups: ["concurrency"],
    caughtBy: "of several creations of one name by two clients, one succeeds",
  },
  {
    mistake: "A write whose answer is lost is sent again.",
    file: FILE,
    changes: [
      [
        "return understand(await this.#pool.send(command, signal));",
        "return understand(await this.#pool.send(command, signal).catch((error) => { if (error instanceof AnswerLost) return this.#pool.send(command, signal); throw error; }));",
      ],
    ],
    groups: ["errors"],
    caughtBy: "lost-answer: create ends with its actual outcome",
  },
  {
    mistake: "The read-back takes any value for its own.",
    file: FILE,
    changes: [
      [
        "return version === written ? infoOf(name, version, created, updated) : undefined;",
        'return version !== null && written !== "" ? infoOf(name, version, created, updated) : undefined;',
      ],
    ],
    groups: ["errors"],
    caughtBy: "lost-request: set ends with its actual outcome",
  },
  {
    mistake: "The read-back compares values, so another client's equal value proves a creation.",
    file: FILE,
    changes: [
      [
        FIND,
        "async (signal) => { const found = await this.get(name, { ...context, signal }); return found !== undefined && JSON.stringify(found.value) === JSON.stringify(value) ? found : undefined; },",
      ],
    ],
    groups: ["errors"],
    caughtBy:
      "lost-request: create does not succeed when another client created the secret with an equal value",
  },
  {
    mistake: "A write that is not found by the read-back is reported as not done.",
    file: FILE,
    changes: [
      [
        "if (found !== undefined) return found;",
        'if (found !== undefined) return found;\n    if (find !== undefined && left > 0) throw new SecretsError("UNAVAILABLE", "Nothing was changed.");',
      ],
    ],
    groups: ["errors"],
    caughtBy: "hanging-answer: set that another client has overwritten is not denied or repeated",
  },
  {
    mistake: "A lost write is reported as UNAVAILABLE.",
    file: FILE,
    changes: [
      ["if (!isDoubtful) throw error;", "if (!isDoubtful || error instanceof AnswerLost) throw error;"],
    ],
    groups: ["errors"],
    caughtBy: "lost-answer: set ends with its actual outcome",
  },
  {
    mistake: "A write that the backend's own timer ended is reported as UNAVAILABLE.",
    file: FILE,
    changes: [
      [
        "return understand(await this.#pool.send(command, signal));",
        'return understand(await Promise.race([this.#pool.send(command, signal), new Promise((_resolve, reject) => setTimeout(reject, 20_000, new SecretsError("UNAVAILABLE", "Redis does not answer.")))]));',
      ],
    ],
    groups: ["lifecycle", "errors"],
    caughtBy: "timeout: no call claims a result after half a minute without an answer",
  },
  {
    mistake: "A write returns another version than it stored.",
    file: FILE,
    changes: [
      ["return infoOf(name, version, created, now);", "return infoOf(name, randomUUID(), created, now);"],
    ],
    groups: ["versions"],
    caughtBy: "write, get and list return the same version",
  },
  {
    mistake: "A replacement under a version returns the version that it replaced.",
    file: FILE,
    changes: [
      [
        "return infoOf(name, version, created, now);",
        'return infoOf(name, expected === "" ? version : expected, created, now);',
      ],
    ],
    groups: ["versions"],
    caughtBy: "update with a function returns the version and the times that another client reads",
  },
  {
    mistake: "Versions count from one, so a secret that was created again repeats them.",
    file: FILE,
    changes: [
      [
        "const version = randomUUID();",
        "const current = await this.get(name, context).catch(() => undefined);\n    const version = String(Number(current?.version ?? 0) + 1);",
      ],
    ],
    groups: ["versions"],
    caughtBy: "a version is not reused after deletion and re-creation",
  },
  {
    mistake: "A version is the time in milliseconds, which two writes can share.",
    file: FILE,
    changes: [["const version = randomUUID();", "const version = String(Date.now());"]],
    groups: ["versions", "concurrency"],
    caughtBy: "after several writes, the state is one of the written ones, and versions are distinct",
  },
  {
    mistake: "The condition on a version is ignored.",
    file: SCRIPTS,
    changes: [['  if ARGV[1] == "version" and version ~= ARGV[2] then return {"changed"} end\n', ""]],
    groups: ["versions"],
    caughtBy: "a write under an earlier version is CONFLICT and changes nothing",
  },
  {
    mistake: "An update of an absent secret creates it.",
    file: SCRIPTS,
    changes: [
      ['elseif ARGV[1] == "present" or ARGV[1] == "version" then', 'elseif ARGV[1] == "version" then'],
    ],
    groups: ["existence"],
    caughtBy: "update of an absent secret is NOT_FOUND and creates none",
  },
  {
    mistake: "A creation replaces an existing secret.",
    file: SCRIPTS,
    changes: [['  if ARGV[1] == "absent" then return {"exists"} end\n', ""]],
    groups: ["existence"],
    caughtBy: "create of a name that exists is ALREADY_EXISTS and changes nothing",
  },
  {
    mistake: "A creation of an existing secret is CONFLICT.",
    file: FILE,
    changes: [
      ['if (outcome === "exists") throw secretExists();', 'if (outcome === "exists") throw secretChanged();'],
    ],
    groups: ["existence"],
    caughtBy: "create of a name that exists is ALREADY_EXISTS and changes nothing",
  },
  {
    mistake: "A replaced secret gets a new time of creation.",
    file: SCRIPTS,
    changes: [
      [
        'local created = kind == "hash" and redis.call("HGET", KEYS[1], "created") or ARGV[6]',
        "local created = ARGV[6]",
      ],
    ],
    groups: ["versions", "values"],
    caughtBy: "the returned times agree, and change only with writes",
  },
  {
    mistake: "A written secret is not in the set of names.",
    file: SCRIPTS,
    changes: [
      [
        'redis.call("ZADD", KEYS[2], 0, ARGV[3])',
        'if kind == "none" and ARGV[1] == "absent" then redis.call("ZADD", KEYS[2], 0, ARGV[3]) end',
      ],
    ],
    groups: ["listing", "existence"],
    caughtBy: "list, has, get and the count agree",
  },
  {
    mistake: "A damaged secret cannot be replaced, as its version is compared first.",
    file: SCRIPTS,
    changes: [
      [
        'if kind ~= "none" then\n  if ARGV[1] == "absent"',
        'if kind ~= "none" then\n  if string.sub(redis.call("HGET", KEYS[1], "value"), 1, 3) ~= "v1." then return {"changed"} end\n  if ARGV[1] == "absent"',
      ],
    ],
    groups: ["errors"],
    caughtBy: "damaged: set replaces a secret that cannot be read, with and without an ownership table",
  },
  {
    mistake: "A deletion always returns true.",
    file: FILE,
    changes: [
      [
        'return oneOf(outcome, ["deleted", "missing"]) === "deleted";',
        'return oneOf(outcome, ["deleted", "missing"]) !== "";',
      ],
    ],
    groups: ["existence"],
    caughtBy: "delete returns whether there was a secret",
  },
  {
    mistake: "A deletion ignores the version.",
    file: SCRIPTS,
    changes: [['\nif ARGV[1] == "version" and version ~= ARGV[2] then return {"changed"} end\n', "\n"]],
    groups: ["versions"],
    caughtBy: "a deletion under another version is CONFLICT and deletes nothing",
  },
  {
    mistake: "A deletion whose answer is lost is proven by absence, although the secret was absent before.",
    file: FILE,
    changes: [
      [
        'return oneOf(outcome, ["deleted", "missing"]) === "deleted";\n    });',
        'return oneOf(outcome, ["deleted", "missing"]) === "deleted";\n    }, async (signal) => (await this.has(name, { ...context, signal })) ? undefined : true);',
      ],
    ],
    groups: ["errors"],
    caughtBy: "lost-answer: delete of an absent secret is not reported as a deletion",
  },
  {
    mistake: "A lost deletion is reported as not done.",
    file: FILE,
    changes: [
      [
        'return oneOf(outcome, ["deleted", "missing"]) === "deleted";\n    });',
        'return oneOf(outcome, ["deleted", "missing"]) === "deleted";\n    }, async () => false);',
      ],
    ],
    groups: ["errors"],
    caughtBy: "lost-answer: delete ends with its actual outcome",
  },
  {
    mistake: "Names are stored in lower case.",
    file: FILE,
    changes: [["    return this.#secrets + name;", "    return this.#secrets + name.toLowerCase();"]],
    groups: ["names"],
    caughtBy: "percent signs are not decoded, once or twice",
  },
  {
    mistake: "Names are decoded as in an address.",
    file: FILE,
    changes: [
      [
        "    return this.#secrets + name;",
        "    return this.#secrets + name.replace(/%([0-9a-f]{2})/gi, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16)));",
      ],
    ],
    groups: ["names"],
    caughtBy: "percent signs are not decoded, once or twice",
  },
  {
    mistake: "Values are stored in plaintext.",
    file: "value-cipher.ts",
    changes: [
      [
        "    return FORMAT + Buffer.concat",
        "    return `${JSON.stringify(value)}|${FORMAT}` + Buffer.concat",
      ],
      [
        "if (!text.startsWith(FORMAT))",
        "text = text.slice(text.indexOf(`|${FORMAT}`) + 1);\n      if (!text.startsWith(FORMAT))",
      ],
    ],
    groups: ["redaction"],
    caughtBy: "the stored form hides the value",
  },
  {
    mistake: "A key named `__proto__` of a value is lost.",
    file: "value-cipher.ts",
    changes: [
      [
        "return JSON.parse(Buffer.concat(parts).toString());",
        "const copy: Record<string, never> = {};\n      for (const [key, entry] of Object.entries(JSON.parse(Buffer.concat(parts).toString()))) copy[key] = entry as never;\n      return copy;",
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps a key named __proto__, with what is in it",
  },
];
