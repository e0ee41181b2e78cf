// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

const [CONNECTION, POOL, OPEN, ERRORS] = [
  "connection.ts",
  "connection-pool.ts",
  "open-redis-backend.ts",
  "redis-error.ts",
];
const NO_SIGNAL = "new AbortController().signal";

/** Mistakes in connections, starts, ends and errors. */
export const bugsOfConnections: readonly PlantedBug[] = [
  {
    mistake: "A command is sent although its signal has aborted.",
    file: POOL,
    changes: [
      ["    signal.throwIfAborted();\n    this.#count++;", "    this.#count++;"],
      [
        "const signal = AbortSignal.any([callSignal, this.#closing.signal]);",
        "const signal = callSignal.aborted ? this.#closing.signal : AbortSignal.any([callSignal, this.#closing.signal]);",
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "aborted: the backend sends no request of set when the signal has aborted before",
  },
  {
    mistake: "A command in progress ignores its signal.",
    file: CONNECTION,
    changes: [
      [
        "return await withSignal(this.#client.sendCommand([...command]), signal);",
        "return await this.#client.sendCommand([...command]);",
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "aborted: the backend ends get while the store does not respond",
  },
  {
    mistake: "One connection serves all commands, and one without an answer keeps the others waiting.",
    file: CONNECTION,
    changes: [
      ["      this.close();\n      const isUnsent", "      const isUnsent"],
      ["const MOST_CONNECTIONS = 16;", "const MOST_CONNECTIONS = 1;", POOL],
      [
        "if (connection !== undefined && error instanceof RedisRefusal)",
        "if (connection !== undefined && (error instanceof RedisRefusal || connection.isReady))",
        POOL,
      ],
    ],
    groups: ["lifecycle", "errors"],
    caughtBy:
      "timeout: after a hung call of any kind, the same client answers every call with its own answer",
  },
  {
    mistake: "The place of a failed command in the pool is never freed.",
    file: POOL,
    changes: [
      ["const MOST_CONNECTIONS = 16;", "const MOST_CONNECTIONS = 2;"],
      [
        "    } finally {\n      this.#count--;",
        "    } finally {\n      if (connection?.isReady) this.#count--;",
      ],
    ],
    groups: ["lifecycle", "errors"],
    caughtBy:
      "timeout: after a hung call of any kind, the same client answers every call with its own answer",
  },
  {
    mistake: "`close` leaves idle connections open.",
    file: POOL,
    changes: [
      [
        "    this.#closing.abort(new NoConnection(undefined));\n    this.#closeIdle();",
        "    this.#closing.abort(new NoConnection(undefined));",
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "closed: the server has no connection of the client left",
  },
  {
    mistake: "`close` waits for the answer to a last command, which may never come.",
    file: "redis-backend.ts",
    changes: [
      [
        "    this.#pool.close();",
        `    await this.#pool.send(["EXISTS", this.#names], ${NO_SIGNAL}).catch(() => {});\n    this.#pool.close();`,
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "closing: close ends while the store does not respond",
  },
  {
    mistake: "A timer of the backend runs on after `close`.",
    file: OPEN,
    changes: [
      [
        "    await checkServer(pool, context);",
        '    await checkServer(pool, context);\n    setInterval(() => pool.send(["EXISTS", prefix], AbortSignal.timeout(1_000)).catch(() => {}), 60_000);',
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "closed: nothing keeps the process alive after calls",
  },
  {
    mistake: "Each read leaves a listener on the signal of its caller.",
    file: "redis-backend.ts",
    changes: [
      [
        "      return await this.#pool.send(command, signal);",
        '      signal.addEventListener("abort", () => {});\n      return await this.#pool.send(command, signal);',
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "ended: a call leaves no listener on its signal",
  },
  {
    mistake: "All clients of a process share one pool, and the first `close` ends it.",
    file: OPEN,
    changes: [
      [
        "/** How long a start waits",
        "const pools = new Map<string, ConnectionPool>();\n\n/** How long a start waits",
      ],
      [
        "  const pool = new ConnectionPool({ url, password });",
        "  const pool = pools.get(url.href) ?? new ConnectionPool({ url, password });\n  pools.set(url.href, pool);",
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "closed: other clients of the store continue",
  },
  {
    mistake: "The password is read once.",
    file: OPEN,
    changes: [
      [
        "  const pool = new ConnectionPool({ url, password });",
        "  const text = await password?.();\n  const pool = new ConnectionPool({ url, password: text === undefined ? undefined : async () => text });",
      ],
    ],
    groups: ["lifecycle", "errors"],
    caughtBy: "open: a client continues with a credential that was replaced in its file",
  },
  {
    mistake: "A start ignores its signal and has no limit.",
    file: OPEN,
    changes: [
      [
        'const info = await pool.send(["INFO"], AbortSignal.any([context.signal, limit]));',
        `const info = await pool.send(["INFO"], limit === undefined ? limit : ${NO_SIGNAL});`,
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: undefined,
    notCaughtBecause:
      "Core ends the start at its signal and closes a backend that comes late, so no user notices.",
  },
  {
    mistake: "A server that is unreachable at the start is INTERNAL.",
    file: OPEN,
    changes: [
      [
        '} else if (code === "UNAVAILABLE" || context.opensDegraded) {',
        '} else if (code === "UNAVAILABLE") {\n      throw error instanceof Error ? new TypeError("no server") : error;\n    } else if (context.opensDegraded) {',
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "opening: a start that fails does not spoil the next one",
  },
  {
    mistake: "A failed connection is remembered, and every later call fails.",
    file: POOL,
    changes: [
      ["  #count = 0;", "  #count = 0;\n  #failure: unknown;"],
      [
        "    await this.#reserve(signal);",
        "    if (this.#failure !== undefined) throw this.#failure;\n    await this.#reserve(signal);",
      ],
      [
        "    } catch (error) {\n",
        "    } catch (error) {\n      if (connection === undefined) this.#failure = error;\n",
      ],
    ],
    groups: ["errors"],
    caughtBy: "unavailable: get is UNAVAILABLE",
  },
  {
    mistake: "A start writes a secret to test its permissions.",
    file: OPEN,
    changes: [
      [
        "    await checkServer(pool, context);",
        '    await checkServer(pool, context);\n    await pool.send(["HSET", `{${prefix}}:secret:probe`, "value", "probe"], context.signal).catch(() => {});\n    await pool.send(["ZADD", `{${prefix}}:names`, "0", "probe"], context.signal).catch(() => {});',
      ],
    ],
    groups: ["listing"],
    caughtBy: "an empty store lists nothing",
  },
  {
    mistake: "A denied permission is UNAUTHENTICATED.",
    file: ERRORS,
    changes: [['NOPERM: "PERMISSION_DENIED"', 'NOPERM: "UNAUTHENTICATED"']],
    groups: ["errors"],
    caughtBy: "permission-denied: get is PERMISSION_DENIED",
  },
  {
    mistake: "A refused password is UNAVAILABLE.",
    file: ERRORS,
    changes: [['WRONGPASS: "UNAUTHENTICATED"', 'WRONGPASS: "UNAVAILABLE"']],
    groups: ["errors"],
    caughtBy: "unauthenticated: get is UNAUTHENTICATED",
  },
  {
    mistake: "Every error without a code is UNAVAILABLE.",
    file: ERRORS,
    changes: [
      ["  return undefined;\n}", '  return error instanceof TypeError ? "UNAVAILABLE" : undefined;\n}'],
    ],
    groups: ["errors"],
    caughtBy: "an unknown error is not classified as a known one",
  },
  {
    mistake: "The error of a value that cannot be decrypted quotes its beginning.",
    file: "value-cipher.ts",
    changes: [
      [
        '"The stored value cannot be decrypted with SECRETS_REDIS_KEY, or belongs to another secret or version. Restore the key or the value, or set the secret again.",',
        "`The stored value ${text.slice(0, 10)}… cannot be decrypted.`,",
      ],
    ],
    groups: ["redaction"],
    caughtBy: "a stored text that is no value is not quoted",
  },
  {
    mistake: "The warning of an unreachable server contains the password.",
    file: OPEN,
    changes: [
      ["await checkServer(pool, context);", "await checkServer(pool, context, await password?.());"],
      [
        "async function checkServer(pool: ConnectionPool, context: PluginContext)",
        'async function checkServer(pool: ConnectionPool, context: PluginContext, text = "")',
      ],
      [
        "warn(`Redis does not serve requests now (${code}). Calls fail until it does.`);",
        "warn(`Redis does not serve requests now (${code}, ${text}). Calls fail until it does.`);",
      ],
    ],
    groups: ["redaction"],
    caughtBy: "a start during unavailable shows no secret setting",
  },
  {
    mistake: "The error of a lost write contains the value.",
    file: "redis-backend.ts",
    changes: [
      [
        '"Redis received the change and did not report its outcome. Read the secret to learn it.",',
        '`Redis did not report the outcome of the change of ${command[5] === "x" ? "" : command.at(-2)}.`,',
      ],
      [
        "const encrypted = this.#cipher.encrypt(value, { key, version });",
        "const encrypted = this.#cipher.encrypt(value, { key, version });\n    const plain = JSON.stringify(value);",
      ],
      ["name, version, encrypted, now];", 'name, version, encrypted, now, plain, ""];'],
    ],
    groups: ["redaction"],
    caughtBy: "errors of lost-answer show no value",
  },
  {
    mistake: "close waits for commands in progress, however long.",
    file: "connection-pool.ts",
    changes: [
      [
        "  close(): void {",
        `  async close(): Promise<void> {
    while (this.#count > 0) await new Promise((resolve) => setTimeout(resolve, 20));`,
      ],
      ["    this.#pool.close();", "    await this.#pool.close();", "redis-backend.ts"],
    ],
    groups: ["lifecycle"],
    caughtBy: "never-answers: close ends while set waits for the store",
  },
  {
    mistake: "A command that ends does not wake the next one.",
    file: "connection-pool.ts",
    changes: [
      [
        `      next?.();
`,
        "",
      ],
    ],
    groups: ["concurrency"],
    caughtBy: "concurrent writes of different names are all stored",
  },
];
