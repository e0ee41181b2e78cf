import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes with changes, reads of several secrets, and errors. */
export const moreBugsOfCalls: readonly PlantedBug[] = [
  {
    mistake:
      "A conditional write whose answer was lost is sent again, and its own effect becomes a conflict.",
    file: "redis-backend.ts",
    changes: [
      [
        "      doubt = error;\n",
        `      doubt = error;
      const isConditional = command[1] === WRITE && ["absent", "version"].includes(String(command[5]));
      // A second one cannot take effect twice.
      if (isConditional && !signal.aborted) return understand(await this.#pool.send(command, signal));
`,
      ],
    ],
    groups: ["errors"],
    caughtBy: "lost-answer: create ends with its actual outcome",
  },
  {
    mistake: "A deletion whose answer was lost has deleted the secret when it is absent afterwards.",
    file: "redis-backend.ts",
    changes: [
      [
        `      return oneOf(outcome, ["deleted", "missing"]) === "deleted";
    });`,
        `      return oneOf(outcome, ["deleted", "missing"]) === "deleted";
    },
      async (own) => (await this.#pool.send(["EXISTS", this.#keyOf(name)], own)) === 0 || undefined,
    );`,
      ],
    ],
    groups: ["errors"],
    caughtBy: "lost-answer: delete of an absent secret is not reported as a deletion",
  },
  {
    mistake: "A write takes a secret without a version for absent.",
    file: "scripts.ts",
    changes: [
      [
        'local version = kind == "hash" and redis.call("HGET", KEYS[1], "version")\nif kind ~= "none" then\n  if ARGV[1] == "absent"',
        'local version = kind == "hash" and redis.call("HGET", KEYS[1], "version")\nif version then\n  if ARGV[1] == "absent"',
      ],
    ],
    groups: ["errors"],
    caughtBy: "damaged: what another program stored and is no value is a damaged secret for every call",
  },
  {
    mistake: "Checks that run at the same time share one request, which ends with the signal of the first.",
    file: "redis-backend.ts",
    changes: [
      [
        "  readonly #pageSize: number;\n",
        "  readonly #pageSize: number;\n  #checking: Promise<HealthProblem[]> | undefined;\n",
      ],
      [
        "    const problems = await this.#problems(context.signal);\n",
        `    this.#checking ??= this.#problems(context.signal).finally(() => {
      this.#checking = undefined;
    });
    const problems = await this.#checking;
`,
      ],
    ],
    groups: ["errors"],
    caughtBy: "timeout: while a check hangs, a client that serves other reads serves another check",
  },
  {
    mistake: "One damaged secret fails all names of `getMany`.",
    file: "redis-backend.ts",
    changes: [
      [
        "  async has(name: string,",
        `  async getMany(names: readonly string[], context: CallContext) {
    const results = names.map(async (name) => {
      const secret = await this.get(name, context);
      return [name, secret ? { status: "found" as const, secret } : { status: "absent" as const }] as const;
    });
    return new Map(await Promise.all(results));
  }

  async has(name: string,`,
      ],
    ],
    groups: ["existence"],
    caughtBy: "getMany returns the other secrets when one cannot be read",
  },
  {
    mistake: "`getMany` collects its results in an object, which has no place for `__proto__`.",
    file: "redis-backend.ts",
    changes: [
      [
        "  async has(name: string,",
        `  async getMany(names: readonly string[], context: CallContext) {
    const results: Record<string, ReadResult> = {};
    await Promise.all(
      names.map(async (name) => {
        try {
          const secret = await this.get(name, context);
          results[name] = secret ? { status: "found", secret } : { status: "absent" };
        } catch (error) {
          results[name] = { status: "failed", error };
        }
      }),
    );
    return new Map(Object.entries(results));
  }

  async has(name: string,`,
      ],
      ["  type ListRange,\n", "  type ListRange,\n  type ReadResult,\n"],
    ],
    groups: ["existence"],
    caughtBy: "getMany returns a result for each name of an object's properties, found or absent",
  },
  {
    mistake:
      "`getMany` reads batches of 100 names, and leaves the last, incomplete one out when there are several.",
    file: "redis-backend.ts",
    changes: [
      [
        "  async has(name: string,",
        `  async getMany(names: readonly string[], context: CallContext) {
    const results = new Map<string, ReadResult>();
    const batches = Math.max(1, Math.floor(names.length / 100));
    for (let batch = 0; batch < batches; batch++) {
      const part = names.slice(batch * 100, (batch + 1) * 100);
      await Promise.all(
        part.map(async (name) => {
          try {
            const secret = await this.get(name, context);
            results.set(name, secret ? { status: "found", secret } : { status: "absent" });
          } catch (error) {
            results.set(name, { status: "failed", error });
          }
        }),
      );
    }
    return results;
  }

  async has(name: string,`,
      ],
      ["  type ListRange,\n", "  type ListRange,\n  type ReadResult,\n"],
    ],
    groups: ["existence"],
    caughtBy: "getMany returns a result for each name around the batch sizes of usual stores",
  },
  {
    mistake: "`classify` looks the code of any error up in an object, and finds what every object inherits.",
    file: "redis-error.ts",
    changes: [
      [
        '  if (error instanceof AnswerLost || error instanceof StrangeAnswer) return "UNAVAILABLE";\n  return undefined;',
        '  if (error instanceof AnswerLost || error instanceof StrangeAnswer) return "UNAVAILABLE";\n  return refusals[(error as NodeJS.ErrnoException | undefined)?.code ?? ""];',
      ],
    ],
    groups: ["errors"],
    caughtBy: "an unknown error is not classified as a known one",
  },
  {
    mistake: "A warning about a change in doubt shows the command, with the stored text.",
    file: "redis-backend.ts",
    changes: [
      [
        "{ signal, deadline }: CallContext,\n    understand",
        "{ signal, deadline, logger }: CallContext,\n    understand",
      ],
      [
        "      doubt = error;\n",
        '      doubt = error;\n      logger.warn({ code: "SECRETS_REDIS", command: command.slice(2) }, "The outcome of a command is in doubt.");\n',
      ],
    ],
    groups: [],
    caughtBy: undefined,
    notCaughtBecause:
      "The stored text is encrypted, so the warning shows no value. Of a store that does not encrypt, the suite would find the value.",
  },
  {
    mistake: "Calls for one name wait for each other, and the names and the last results are kept for ever.",
    file: "redis-backend.ts",
    changes: [
      [
        "  readonly #pageSize: number;\n",
        "  readonly #pageSize: number;\n  readonly #last = new Map<string, Promise<StoredSecret | undefined>>();\n",
      ],
      [
        "  async get(name: string, { signal }: CallContext): Promise<StoredSecret | undefined> {\n",
        `  async get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    const earlier = this.#last.get(name) ?? Promise.resolve();
    const reading = earlier.catch(() => {}).then(() => this.#get(name, context));
    this.#last.set(name, reading);
    return reading;
  }

  async #get(name: string, { signal }: CallContext): Promise<StoredSecret | undefined> {
`,
      ],
    ],
    groups: ["errors"],
    caughtBy: "timeout: while a get hangs, a client that serves other reads serves another get",
  },
];
