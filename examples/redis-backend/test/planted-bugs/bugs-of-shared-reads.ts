// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes in `getMany`, in `has`, and in reads that are shared or repeated. */
export const bugsOfSharedReads: readonly PlantedBug[] = [
  {
    mistake: "Reads of one name that overlap share a request, and the signal of the first.",
    file: "redis-backend.ts",
    changes: [
      [
        "  async get(name: string, { signal }: CallContext): Promise<StoredSecret | undefined> {",
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
  async getNow(name: string, { signal }: CallContext): Promise<StoredSecret | undefined> {`,
      ],
    ],
    groups: ["errors"],
    caughtBy: "timeout: a get of the backend does not share the signal of another get that hangs",
  },
  {
    mistake: "A failed read is retried after a second, five times, without regard to the signal.",
    file: "redis-backend.ts",
    changes: [
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
    ],
    groups: ["lifecycle", "errors"],
    caughtBy: "nonsense: get claims nothing",
  },
  {
    mistake: "getMany fails as a whole when one secret is damaged.",
    file: "redis-backend.ts",
    changes: [
      [
        "  path(name: string): string {",
        `  async getMany(names: readonly string[], context: CallContext) {
    const read = await Promise.all(names.map((name) => this.get(name, context)));
    return new Map(names.map((name, at) => [name, read[at] ? { status: "found", secret: read[at] } : { status: "absent" }]));
  }
  path(name: string): string {`,
      ],
    ],
    groups: ["existence", "errors"],
    caughtBy: "getMany returns the other secrets when one cannot be read",
  },
  {
    mistake: "getMany collects its results in a plain object.",
    file: "redis-backend.ts",
    changes: [
      [
        "  path(name: string): string {",
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
  path(name: string): string {`,
      ],
    ],
    groups: ["existence"],
    caughtBy: "getMany returns a result for each name of an object's properties, found or absent",
  },
  {
    mistake: "getMany reports a secret that it failed to read as absent.",
    file: "redis-backend.ts",
    changes: [
      [
        "  path(name: string): string {",
        `  async getMany(names: readonly string[], context: CallContext) {
    const read = await Promise.allSettled(names.map((name) => this.get(name, context)));
    return new Map(names.map((name, at) => {
      const one = read[at] as any;
      return [name, one.value ? { status: "found", secret: one.value } : { status: "absent" }];
    })) as any;
  }
  path(name: string): string {`,
      ],
    ],
    groups: ["existence"],
    caughtBy: "getMany returns the other secrets when one cannot be read",
  },
  {
    mistake: "getMany sends the requests for all names at once, and reads at most a hundred.",
    file: "redis-backend.ts",
    changes: [
      [
        "  path(name: string): string {",
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
  path(name: string): string {`,
      ],
    ],
    groups: ["existence"],
    caughtBy: "getMany returns a result for each name around the batch sizes of usual stores",
  },
  {
    mistake: "has looks for the version, which a damaged secret has not.",
    file: "redis-backend.ts",
    changes: [
      [
        '["EXISTS", this.#keyOf(name)], signal), [0, 1])',
        '["HEXISTS", this.#keyOf(name), "version"], signal), [0, 1])',
      ],
    ],
    groups: ["existence", "errors"],
    caughtBy: "damaged: what another program stored and is no value is a damaged secret for every call",
  },
  {
    mistake: "has remembers that a secret exists.",
    file: "redis-backend.ts",
    changes: [
      [
        `  async has(name: string, { signal }: CallContext): Promise<boolean> {
`,
        `  readonly #known = new Set<string>();
  async has(name: string, { signal }: CallContext): Promise<boolean> {
    if (this.#known.has(name)) return true;
    const exists = oneOf(await this.#read(["EXISTS", this.#keyOf(name)], signal), [0, 1]) === 1;
    if (exists) this.#known.add(name);
    if (exists) return true;
`,
      ],
      [
        '    const command = ["EVAL", DELETE, "2",',
        `    this.#known.delete(name);
    const command = ["EVAL", DELETE, "2",`,
      ],
    ],
    groups: ["existence", "concurrency"],
    caughtBy: "has, list and the count of check immediately follow creations and deletions of another client",
  },
];
