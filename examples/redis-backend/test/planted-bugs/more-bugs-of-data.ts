// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes with names, values, versions, times and lists. */
export const moreBugsOfData: readonly PlantedBug[] = [
  {
    mistake:
      "A slash of a name becomes a colon in the key, as is usual in Redis, so `a/b` and `a:b` share a key.",
    file: "redis-backend.ts",
    changes: [
      ["return this.#secrets + name;", 'return this.#secrets + name.replaceAll("/", ":");'],
      ["local key = ARGV[4] .. name\n", 'local key = ARGV[4] .. string.gsub(name, "/", ":")\n', "scripts.ts"],
    ],
    groups: ["names"],
    caughtBy: "what stores use in place of a slash is ordinary",
  },
  {
    mistake: "The key of the index is the key of a secret named `names`.",
    file: "redis-backend.ts",
    changes: [["this.#secrets = `{${prefix}}:secret:`;", "this.#secrets = `{${prefix}}:`;"]],
    groups: ["names"],
    caughtBy: "names of what stores keep beside secrets are ordinary",
  },
  {
    mistake:
      "The end of the range of a prefix is its last UTF-16 unit plus one, which ends in the middle of a character.",
    file: "redis-backend.ts",
    changes: [
      [
        'const highest = prefix === "" ? "+" : Buffer.concat([Buffer.from(`(${prefix}`), Buffer.of(255)]);',
        'const highest = prefix === "" ? "+" : `(${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;',
      ],
    ],
    groups: ["listing"],
    caughtBy: "a prefix selects its names, whatever its last character is",
  },
  {
    mistake: "`after` and the prefix are compared as JavaScript compares strings.",
    file: "redis-backend.ts",
    changes: [["Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0", "after >= prefix"]],
    groups: ["listing"],
    caughtBy: "a list with a prefix continues after a name whose order differs in UTF-8 and in UTF-16",
  },
  {
    mistake: "Texts in values are normalized to NFC.",
    file: "value-cipher.ts",
    changes: [["cipher.update(JSON.stringify(value))", "cipher.update(JSON.stringify(value).normalize())"]],
    groups: ["values"],
    caughtBy: "keeps texts of every kind",
  },
  {
    mistake: "A text that looks like a time is returned as a Date.",
    file: "value-cipher.ts",
    changes: [
      [
        "return JSON.parse(Buffer.concat(parts).toString());",
        'return JSON.parse(Buffer.concat(parts).toString(), (_key, item) => typeof item === "string" && /^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$/.test(item) ? new Date(item) : item);',
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps texts of every kind",
  },
  {
    mistake: "The decrypted value is copied by assignment, which loses the key `__proto__`.",
    file: "value-cipher.ts",
    changes: [
      [
        "return JSON.parse(Buffer.concat(parts).toString());",
        "return Object.assign({}, JSON.parse(Buffer.concat(parts).toString()));",
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps a key named __proto__, with what is in it",
  },
  {
    mistake: "An empty stored text is absence.",
    file: "redis-backend.ts",
    changes: [
      [
        "if ([version, created, updated, value].every((text) => text === null)) return undefined;",
        "if (!value) return undefined;",
      ],
    ],
    groups: ["errors"],
    caughtBy: "damaged: a stored text that is no value is reported as a damaged secret, and not as absence",
  },
  {
    mistake: "The initialization vector counts from zero in each process.",
    file: "value-cipher.ts",
    changes: [
      [
        "const iv = randomBytes(IV_BYTES);",
        "const iv = Buffer.alloc(IV_BYTES);\n    iv.writeUInt32BE(this.#writes++);",
      ],
      ["readonly #key: Buffer;", "readonly #key: Buffer;\n  #writes = 0;"],
      ["createDecipheriv, randomBytes }", "createDecipheriv }"],
    ],
    groups: ["redaction"],
    caughtBy: "equal values have stored forms that have nothing in common",
  },
  {
    mistake: "The ciphertext is not bound to the name or the version.",
    file: "value-cipher.ts",
    changes: [
      [
        "return Buffer.from(JSON.stringify([key, version]));",
        "void [key, version];\n  return Buffer.alloc(0);",
      ],
    ],
    groups: [],
    caughtBy: undefined,
    notCaughtBecause:
      "The contract does not require it: the suite cannot copy a stored form to another name, whose format only the plugin knows.",
  },
  {
    mistake: "The version is the time of the write in milliseconds.",
    file: "redis-backend.ts",
    changes: [
      ["const version = randomUUID();", "const version = String(Date.now());"],
      ['import { randomUUID } from "node:crypto";\n', ""],
    ],
    groups: ["concurrency"],
    caughtBy: "after several writes, the state is one of the written ones, and versions are distinct",
  },
  {
    mistake: "A replacement sets the time of creation again.",
    file: "scripts.ts",
    changes: [
      [
        'local created = kind == "hash" and redis.call("HGET", KEYS[1], "created") or ARGV[6]',
        "local created = ARGV[6]",
      ],
    ],
    groups: ["versions"],
    caughtBy: "the returned times agree, and change only with writes",
  },
  {
    mistake: "A write returns its own time as the time of creation, also for a replacement.",
    file: "redis-backend.ts",
    changes: [
      [
        "return infoOf(name, version, created, now);\n      },",
        "return infoOf(name, version, now, now);\n      },",
      ],
    ],
    groups: ["versions"],
    caughtBy: "the returned times agree, and change only with writes",
  },
  {
    mistake: "Times are stored in seconds and returned as milliseconds.",
    file: "redis-backend.ts",
    changes: [["const now = String(Date.now());", "const now = String(Math.floor(Date.now() / 1_000));"]],
    groups: ["versions"],
    caughtBy: "the returned times agree, and change only with writes",
  },
  {
    mistake: "Lists run one after the other, so a list whose reader pauses holds up all others.",
    file: "redis-backend.ts",
    changes: [
      [
        "  readonly #pageSize: number;\n",
        "  readonly #pageSize: number;\n  #lists: Promise<void> = Promise.resolve();\n",
      ],
      [
        "  async *list({ prefix, after, limit }: ListRange, { signal }: CallContext): AsyncGenerator<StoredInfo> {\n",
        `  async *list(range: ListRange, context: CallContext): AsyncGenerator<StoredInfo> {
    const earlier = this.#lists;
    let end = () => {};
    this.#lists = new Promise<void>((resolve) => {
      end = resolve;
    });
    try {
      await earlier;
      yield* this.#pages(range, context);
    } finally {
      end();
    }
  }

  async *#pages({ prefix, after, limit }: ListRange, { signal }: CallContext): AsyncGenerator<StoredInfo> {
`,
      ],
    ],
    groups: ["listing"],
    caughtBy: "a list can be ended early, and two lists can be read concurrently",
  },
  {
    mistake: "A deletion removes the secret and then, in a second command, its index entry.",
    file: "redis-backend.ts",
    changes: [
      [
        'redis.call("DEL", KEYS[1])\nredis.call("ZREM", KEYS[2], ARGV[3])\nreturn {"deleted"}',
        'redis.call("DEL", KEYS[1])\nreturn {"deleted"}',
        "scripts.ts",
      ],
      [
        '    return this.#change(command, context, (answer) => {\n      const [outcome] = textsOf(answer);\n      if (outcome === "changed") throw secretChanged();\n      return oneOf(outcome, ["deleted", "missing"]) === "deleted";\n    });',
        `    const deleted = await this.#change(command, context, (answer) => {
      const [outcome] = textsOf(answer);
      if (outcome === "changed") throw secretChanged();
      return oneOf(outcome, ["deleted", "missing"]) === "deleted";
    });
    if (deleted) await this.#pool.send(["ZREM", this.#names, name], context.signal).catch(() => {});
    return deleted;`,
      ],
    ],
    groups: ["concurrency"],
    caughtBy: "a secret that was written beside deletions and reads of its name is listed",
  },
  {
    mistake: "A read that finds no secret removes the index entry, also that of a secret created meanwhile.",
    file: "redis-backend.ts",
    changes: [
      [
        "if ([version, created, updated, value].every((text) => text === null)) return undefined;",
        `if ([version, created, updated, value].every((text) => text === null)) {
      await this.#pool.send(["ZREM", this.#names, name], signal).catch(() => {});
      return undefined;
    }`,
      ],
    ],
    groups: ["concurrency"],
    caughtBy: "a secret that was written beside deletions and reads of its name is listed",
  },
  {
    mistake: "A deletion leaves the name in the index for ever.",
    file: "scripts.ts",
    changes: [
      ['redis.call("DEL", KEYS[1])\nredis.call("ZREM", KEYS[2], ARGV[3])\n', 'redis.call("DEL", KEYS[1])\n'],
      ['  redis.call("ZREM", KEYS[2], ARGV[3])\n  return {"missing"}', '  return {"missing"}'],
    ],
    groups: [],
    caughtBy: undefined,
    notCaughtBecause:
      "Every call answers correctly, and the name is not secret. Only a harness whose `readRaw` reads the index could see it.",
  },
];
