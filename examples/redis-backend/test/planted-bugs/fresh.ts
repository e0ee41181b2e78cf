// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

const backend = "redis-backend.ts";
const pool = "connection-pool.ts";
const key = "return this.#secrets + name;";
const parse = "return JSON.parse(Buffer.concat(parts).toString());";
const beforePath = "  path(name: string): string {";
const opens = "  async get(name: string, { signal }: CallContext): Promise<StoredSecret | undefined> {";

type Changes = PlantedBug["changes"];
const bug = (mistake: string, file: string, ...changes: Changes): PlantedBug => ({
  mistake,
  file,
  changes,
  groups: [],
  caughtBy: "",
});

/** A reviver or replacer for `JSON`. */
const revived = (change: string): Changes[number] => [
  parse,
  `return JSON.parse(Buffer.concat(parts).toString(), (_key, entry) => ${change});`,
];
const replaced = (change: string): Changes[number] => [
  "cipher.update(JSON.stringify(value))",
  `cipher.update(JSON.stringify(value, (_key, entry) => ${change}))`,
];

/** Mistakes of authors, written by someone who had not seen the other lists. `caughtBy` is empty: the whole suite runs on each. */
export const freshBugs: readonly PlantedBug[] = [
  // Names
  bug(
    "Names are compared in a compatibility form (NFKC), so a ligature and its letters are one secret.",
    backend,
    [key, 'return this.#secrets + name.normalize("NFKC");'],
  ),
  bug("Names are compared without accents, as a collation of a database does.", backend, [
    key,
    'return this.#secrets + name.normalize("NFD").replace(/\\p{M}/gu, "");',
  ]),
  bug("A name is cut after 255 bytes, the longest key of the store.", backend, [
    key,
    "return this.#secrets + Buffer.from(name).subarray(0, 255).toString();",
  ]),
  bug("A plus in a name is read as a space, as in a form.", backend, [
    key,
    'return this.#secrets + name.replaceAll("+", " ");',
  ]),
  // Values
  bug(
    "Texts that look like a date become a Date.",
    "value-cipher.ts",
    revived(
      'typeof entry === "string" && /^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$/.test(entry) ? new Date(entry) : entry',
    ),
  ),
  bug("A text is decoded in chunks of 64 KiB, so a character on a boundary is damaged.", "value-cipher.ts", [
    parse,
    'const whole = Buffer.concat(parts); let read = ""; for (let at = 0; at < whole.length; at += 65536) read += whole.subarray(at, at + 65536).toString(); return JSON.parse(read);',
  ]),
  bug(
    "Numbers keep 15 digits only.",
    "value-cipher.ts",
    replaced('typeof entry === "number" ? Number(entry.toPrecision(15)) : entry'),
  ),
  bug(
    "Texts of a value are normalized to NFC.",
    "value-cipher.ts",
    replaced('typeof entry === "string" ? entry.normalize("NFC") : entry'),
  ),
  bug(
    "Line ends of a value become \\n.",
    "value-cipher.ts",
    revived('typeof entry === "string" ? entry.replaceAll("\\r\\n", "\\n") : entry'),
  ),
  bug(
    "Null entries of a value are left out.",
    "value-cipher.ts",
    replaced("entry === null ? undefined : entry"),
  ),
  bug(
    "Empty texts of a value are left out, as an old DynamoDB did.",
    "value-cipher.ts",
    replaced('entry === "" ? undefined : entry'),
  ),
  bug(
    "Dots in the keys of a value become another character, as for MongoDB.",
    "value-cipher.ts",
    replaced(
      'entry !== null && typeof entry === "object" && !Array.isArray(entry) ? Object.fromEntries(Object.entries(entry).map(([k, v]) => [k.replaceAll(".", "\\uff0e"), v])) : entry',
    ),
  ),
  bug(
    "The initialization vector is derived from the value, so equal values have equal ciphertexts.",
    "value-cipher.ts",
    [
      "const iv = randomBytes(IV_BYTES);",
      'const iv = createHash("sha256").update(JSON.stringify(value)).digest().subarray(0, IV_BYTES);',
    ],
    ["createDecipheriv, randomBytes", "createDecipheriv, createHash, randomBytes"],
  ),
  // Reads
  bug("Reads of one name that overlap share a request, and the signal of the first.", backend, [
    opens,
    `  readonly #reading = new Map<string, Promise<StoredSecret | undefined>>();
  async get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    let reading = this.#reading.get(name);
    if (reading === undefined) {
      reading = this.getNow(name, context).finally(() => this.#reading.delete(name));
      this.#reading.set(name, reading);
    }
    const secret = await reading;
    return secret && structuredClone(secret);
  }
${opens.replace("async get(", "async getNow(")}`,
  ]),
  bug(
    "A failed read is retried after a second, five times, without regard to the signal.",
    backend,
    [
      `      if (error instanceof AnswerLost) signal.throwIfAborted();
      throw error;`,
      `      if (codeOfRedisError(error) !== "UNAVAILABLE" || tries >= 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return this.#read(command, signal, tries + 1);`,
    ],
    [
      "async #read(command: readonly (string | Buffer)[], signal: AbortSignal)",
      "async #read(command: readonly (string | Buffer)[], signal: AbortSignal, tries = 0)",
    ],
  ),
  bug("getMany fails as a whole when one secret is damaged.", backend, [
    beforePath,
    `  async getMany(names: readonly string[], context: CallContext) {
    const read = await Promise.all(names.map((name) => this.get(name, context)));
    return new Map(names.map((name, at) => [name, read[at] ? { status: "found", secret: read[at] } : { status: "absent" }]));
  }
${beforePath}`,
  ]),
  bug("getMany collects its results in a plain object.", backend, [
    beforePath,
    `  async getMany(names: readonly string[], context: CallContext) {
    const found: any = {};
    await Promise.all(names.map(async (name) => {
      try {
        const secret = await this.get(name, context);
        found[name] = secret ? { status: "found", secret } : { status: "absent" };
      } catch (error) { found[name] = { status: "failed", error }; }
    }));
    return new Map(Object.entries(found)) as any;
  }
${beforePath}`,
  ]),
  bug("getMany reports a secret that it failed to read as absent.", backend, [
    beforePath,
    `  async getMany(names: readonly string[], context: CallContext) {
    const read = await Promise.allSettled(names.map((name) => this.get(name, context)));
    return new Map(names.map((name, at) => {
      const one = read[at] as any;
      return [name, one.value ? { status: "found", secret: one.value } : { status: "absent" }];
    })) as any;
  }
${beforePath}`,
  ]),
  bug("getMany sends the requests for all names at once, and reads at most a hundred.", backend, [
    beforePath,
    `  async getMany(names: readonly string[], context: CallContext) {
    const results = new Map<string, any>();
    await Promise.all(names.slice(0, 100).map(async (name) => {
      try {
        const secret = await this.get(name, context);
        results.set(name, secret ? { status: "found", secret } : { status: "absent" });
      } catch (error) { results.set(name, { status: "failed", error }); }
    }));
    for (const name of names) if (!results.has(name)) results.set(name, { status: "absent" });
    return results;
  }
${beforePath}`,
  ]),
  bug("has looks for the version, which a damaged secret has not.", backend, [
    '["EXISTS", this.#keyOf(name)], signal), [0, 1])',
    '["HEXISTS", this.#keyOf(name), "version"], signal), [0, 1])',
  ]),
  bug(
    "has remembers that a secret exists.",
    backend,
    [
      "  async has(name: string, { signal }: CallContext): Promise<boolean> {\n",
      `  readonly #known = new Set<string>();
  async has(name: string, { signal }: CallContext): Promise<boolean> {
    if (this.#known.has(name)) return true;
    const exists = oneOf(await this.#read(["EXISTS", this.#keyOf(name)], signal), [0, 1]) === 1;
    if (exists) this.#known.add(name);
    if (exists) return true;
`,
    ],
    [
      '    const expected = expect === "any" ? "" : expect.version;',
      '    this.#known.delete(name);\n    const expected = expect === "any" ? "" : expect.version;',
    ],
  ),
  // Lists
  bug("A list ends after ten pages.", backend, [
    "for (let left = limit ?? Number.POSITIVE_INFINITY; left > 0; ) {",
    "for (let left = limit ?? Number.POSITIVE_INFINITY, pages = 0; left > 0 && pages < 10; pages++) {",
  ]),
  bug(
    "A list whose later page fails ends as if it were complete.",
    backend,
    [
      "if (!Array.isArray(page)) throw new StrangeAnswer();",
      "if (page === undefined) return;\n      if (!Array.isArray(page)) throw new StrangeAnswer();",
    ],
    [
      "        signal,\n      );\n      if (page === undefined)",
      "        signal,\n      ).catch((error) => {\n        if (lowest.startsWith('[')) throw error;\n        return undefined;\n      });\n      if (page === undefined)",
    ],
  ),
  bug(
    "A list requests the next page ahead, and no process awaits it when the reader stops.",
    backend,
    ["      const page = await this.#read(", "      const page: any = await (ahead ?? this.#read("],
    [
      "        signal,\n      );\n      if (!Array.isArray(page)) throw new StrangeAnswer();\n      if (page.length === 0) return;",
      '        signal,\n      ));\n      if (!Array.isArray(page)) throw new StrangeAnswer();\n      if (page.length === 0) return;\n      ahead = this.#read(["EVAL", LIST, "1", this.#names, `(${page.at(-1)[0]}`, highest, String(PAGE), this.#secrets], signal);',
    ],
    [
      "      for (const entry of page) {",
      "      for (const entry of page) {\n        if (left <= 0) return;",
    ],
    [
      "    for (let left = limit ??",
      "    let ahead: Promise<unknown> | undefined;\n    for (let left = limit ??",
    ],
  ),
  bug("A list swaps the times of creation and of the last change.", backend, [
    "yield infoOf(name, String(version), String(created), String(updated));",
    "yield infoOf(name, String(version), String(updated), String(created));",
  ]),
  // Writes
  bug(
    "A version is a number that each process counts from one.",
    backend,
    ["const version = randomUUID();", "const version = String(++this.count);"],
    ["  readonly capabilities = capabilities;", "  readonly capabilities = capabilities;\n  count = 0;"],
  ),
  bug(
    "A set updates, then inserts, and reports the insert that another one anticipated as ALREADY_EXISTS.",
    backend,
    [
      "    return this.#change(\n      command,\n      context,\n      (answer) => {",
      `    if (expect === "any") {
      try {
        return await this.write(name, value, { expect: "present" }, context);
      } catch (error: any) {
        if (error.code !== "NOT_FOUND") throw error;
        return this.write(name, value, { expect: "absent" }, context);
      }
    }
    return this.#change(\n      command,\n      context,\n      (answer) => {`,
    ],
  ),
  bug("A deletion of a version of an absent secret is a CONFLICT.", "scripts.ts", [
    'if kind == "none" then\n  redis.call("ZREM"',
    'if kind == "none" and ARGV[1] ~= "" then return {"changed"} end\nif kind == "none" then\n  redis.call("ZREM"',
  ]),
  bug("Each write keeps the previous value under another key, which a deletion leaves.", "scripts.ts", [
    'redis.call("ZADD", KEYS[2], 0, ARGV[3])',
    'local old = kind == "hash" and redis.call("HGET", KEYS[1], "value")\nif old then redis.call("SET", KEYS[1] .. ":previous", old) end\nredis.call("ZADD", KEYS[2], 0, ARGV[3])',
  ]),
  bug("A secret expires after an hour, as an entry of a cache.", "scripts.ts", [
    'return {"written", created}',
    'redis.call("EXPIRE", KEYS[1], 3600)\nreturn {"written", created}',
  ]),
  bug("The index of names is shared by all prefixes.", backend, [
    "this.#names = `{${prefix}}:names`;",
    'this.#names = "{secrets}:names";',
  ]),
  bug("A late write reads back with the clock of performance.now().", backend, [
    "const left = deadline - Date.now() - RESPONSE_TIME;",
    "const left = deadline - performance.now() - RESPONSE_TIME;",
  ]),
  bug("A write reads back for thirty seconds, whatever is left.", backend, [
    "await find?.(AbortSignal.timeout(left))",
    "await find?.(AbortSignal.timeout(30_000))",
  ]),
  bug(
    "Changes wait for each other, so one without an answer stops all.",
    backend,
    [
      "    try {\n      return understand(await this.#pool.send(command, signal));",
      `    const turn = this.turn;
    let end = () => {};
    this.turn = new Promise((resolve) => (end = resolve));
    try {
      await turn;
      return understand(await this.#pool.send(command, signal));`,
    ],
    ["      doubt = error;\n    }\n", "      doubt = error;\n    } finally {\n      end();\n    }\n"],
    [
      "  readonly capabilities = capabilities;",
      "  readonly capabilities = capabilities;\n  turn: Promise<void> = Promise.resolve();",
    ],
  ),
  // Checks, errors, logs, connections
  bug(
    "check remembers its first answer for a minute.",
    backend,
    [
      "    const problems = await this.#problems(context.signal);",
      "    const problems = Date.now() - this.checkedAt < 60_000 ? this.checked : await this.#problems(context.signal);\n    [this.checked, this.checkedAt] = [problems, Date.now()];",
    ],
    [
      "  readonly capabilities = capabilities;",
      "  readonly capabilities = capabilities;\n  checked: HealthProblem[] = [];\n  checkedAt = 0;",
    ],
  ),
  bug("classify reads the code of every error, and throws for one without.", "redis-error.ts", [
    "  return undefined;\n}",
    '  return (error as any).code.startsWith("ERR_") ? "INTERNAL" : undefined;\n}',
  ]),
  bug("An error of a connection carries the settings of the client, as axios' errors do.", "connection.ts", [
    "      if (error instanceof ErrorReply) throw new RedisRefusal(error);\n      if",
    "      if (error instanceof ErrorReply) throw Object.assign(new RedisRefusal(error), { config: { headers: { authorization: text } } });\n      if",
  ]),
  bug("The start logs the settings, with the key as a Buffer.", "open-redis-backend.ts", [
    "  const pool = new ConnectionPool({ url, password });",
    '  context.logger.info?.({ code: CODE, settings: { url: url.host, key, prefix } }, "Opening Redis.");\n  const pool = new ConnectionPool({ url, password });',
  ]),
  bug(
    "close waits for commands in progress, however long.",
    pool,
    [
      "  close(): void {",
      "  async close(): Promise<void> {\n    while (this.#count > 0) await new Promise((resolve) => setTimeout(resolve, 20));",
    ],
    ["    this.#pool.close();", "    await this.#pool.close();", backend],
  ),
  bug("A command that ends does not wake the next one.", pool, ["      next?.();\n", ""]),
  bug("The recorded path is in lower case.", backend, [
    "return `${this.#database}/${this.#keyOf(name)}`;",
    "return `${this.#database}/${this.#keyOf(name).toLowerCase()}`;",
  ]),
  bug("The recorded path does not contain the prefix.", backend, [
    "return `${this.#database}/${this.#keyOf(name)}`;",
    "return `${this.#database}/${name}`;",
  ]),
];
