// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes with connections, starts, credentials and the process. */
export const moreBugsOfClients: readonly PlantedBug[] = [
  {
    mistake: "A client whose first connection failed keeps that failure for ever.",
    file: "connection-pool.ts",
    changes: [
      ["  #count = 0;\n", "  #count = 0;\n  #ready: Promise<unknown> | undefined;\n"],
      [
        "    try {\n      connection = this.#takeIdle()",
        "    try {\n      this.#ready ??= Connection.open(this.#settings, signal).then((first) => this.#idle.push(first));\n      await this.#ready;\n      connection = this.#takeIdle()",
      ],
    ],
    groups: ["lifecycle"],
    caughtBy:
      "opening: a client that starts while the store is unavailable serves when it is available again",
  },
  {
    mistake: "The start fails for refused credentials, also when only some secrets need the store.",
    file: "open-redis-backend.ts",
    changes: [
      [
        '} else if (code === "UNAVAILABLE" || context.opensDegraded) {',
        '} else if (code === "UNAVAILABLE") {',
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "opening: beside an ownership table of another plugin, a start during unauthenticated succeeds",
  },
  {
    mistake: "A connection that could not be opened keeps its place in the pool.",
    file: "connection-pool.ts",
    changes: [
      [
        "    let connection: Connection | undefined;\n    try {\n      connection = this.#takeIdle() ?? (await Connection.open(this.#settings, signal));\n",
        "    let connection: Connection | undefined = this.#takeIdle() ?? (await Connection.open(this.#settings, signal));\n    try {\n",
      ],
    ],
    groups: ["errors"],
    caughtBy: "unavailable: a client whose calls failed many times serves as many at the same time",
  },
  {
    mistake: "A call that is aborted while it waits for a connection is woken later instead of the next one.",
    file: "connection-pool.ts",
    changes: [
      [
        "      const abort = () => {\n        this.#waiting.delete(end);\n        reject(signal.reason);\n",
        "      const abort = () => {\n        reject(signal.reason);\n",
      ],
    ],
    groups: ["errors"],
    caughtBy: "timeout: a client whose calls were aborted at the same time serves as many",
  },
  {
    mistake: "A connection that ended while it was idle is used again.",
    file: "connection-pool.ts",
    changes: [
      [
        "      if (connection?.isReady) return connection;\n      connection?.close();\n",
        "      if (connection) return connection;\n",
      ],
    ],
    groups: ["errors"],
    caughtBy: "unauthenticated: get is UNAUTHENTICATED",
  },
  {
    mistake: "Each command has a timer of thirty seconds, which is not cleared.",
    file: "connection.ts",
    changes: [
      [
        "return await withSignal(this.#client.sendCommand([...command]), signal);",
        `const late = new Promise<never>((_resolve, reject) => {
        setTimeout(() => reject(new AnswerLost()), 30_000);
      });
      late.catch(() => {});
      return await withSignal(Promise.race([this.#client.sendCommand([...command]), late]), signal);`,
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "closed: nothing keeps the process alive after calls",
  },
  {
    mistake: "A listener for SIGTERM closes the pool, so the signal no longer ends the application.",
    file: "open-redis-backend.ts",
    changes: [
      [
        "  const pool = new ConnectionPool({ url, password });\n",
        '  const pool = new ConnectionPool({ url, password });\n  process.once("SIGTERM", () => pool.close());\n',
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "closed: a client leaves no listener on the process",
  },
  {
    mistake: "Refused credentials are only a warning at the start.",
    file: "open-redis-backend.ts",
    changes: [
      [
        '} else if (code === "UNAVAILABLE" || context.opensDegraded) {',
        '} else if (code === "UNAVAILABLE" || code === "UNAUTHENTICATED" || context.opensDegraded) {',
      ],
    ],
    groups: ["lifecycle"],
    caughtBy: "opening: a start that learns that its credentials are refused fails with UNAUTHENTICATED",
  },
  {
    mistake: "A refused key is quoted in part by the message of the schema.",
    file: "setting-schemas.ts",
    changes: [
      [
        ': refused("must be 32 random bytes in base64");',
        ": refused(`must be 32 random bytes in base64, not ${text.slice(0, 10)}…`);",
      ],
    ],
    groups: [],
    isOfDescriptor: true,
    caughtBy: "SECRETS_REDIS_KEY: a secret that is put there by mistake is shown nowhere",
  },
  {
    mistake: "A password that cannot be read is taken for no password.",
    file: "connection.ts",
    changes: [
      ["const text = await password?.();", "const text = await password?.().catch(() => undefined);"],
    ],
    groups: ["lifecycle"],
    caughtBy: "open: a credential whose file is missing is INVALID_CONFIGURATION until it is there again",
  },
  {
    mistake: "With TLS, every certificate is accepted.",
    file: "connection.ts",
    changes: [
      [
        "    socket: { connectTimeout: CONNECT_MILLISECONDS, reconnectStrategy: false },",
        '    socket: { connectTimeout: CONNECT_MILLISECONDS, reconnectStrategy: false, ...(url.protocol === "rediss:" && { tls: true as const, rejectUnauthorized: false }) },',
      ],
    ],
    groups: [],
    caughtBy: undefined,
    notCaughtBecause:
      "The harness has no TLS. A test of the plugin has to offer a certificate that it must not trust.",
  },
  {
    mistake: "The path does not contain the number of the database.",
    file: "redis-backend.ts",
    changes: [["return `${this.#database}/${this.#keyOf(name)}`;", "return this.#keyOf(name);"]],
    groups: [],
    caughtBy: undefined,
    notCaughtBecause:
      "The stores of this harness differ by their prefix. The suite compares the paths of the stores that it is given.",
  },
];
