// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes in versions, in races, and in what is known of a change whose answer is late. */
export const bugsOfChanges: readonly PlantedBug[] = [
  {
    mistake: "A version is a number that each process counts from one.",
    file: "redis-backend.ts",
    changes: [
      ["const version = randomUUID();", "const version = String(++this.count);"],
      [
        "  readonly capabilities = capabilities;",
        `  readonly capabilities = capabilities;
  count = 0;`,
      ],
    ],
    groups: ["versions", "concurrency"],
    caughtBy: "after several writes, the state is one of the written ones, and versions are distinct",
  },
  {
    mistake:
      "A set updates, then inserts, and reports the insert that another one anticipated as ALREADY_EXISTS.",
    file: "redis-backend.ts",
    changes: [
      [
        `    return this.#change(
      command,
      context,
      (answer) => {`,
        `    if (expect === "any") {
      try {
        return await this.write(name, value, { expect: "present" }, context);
      } catch (error: any) {
        if (error.code !== "NOT_FOUND") throw error;
        return this.write(name, value, { expect: "absent" }, context);
      }
    }
    return this.#change(
      command,
      context,
      (answer) => {`,
      ],
    ],
    groups: ["existence", "concurrency"],
    caughtBy: "concurrent set of an absent secret by two clients never fails",
  },
  {
    mistake: "A deletion of a version of an absent secret is a CONFLICT.",
    file: "scripts.ts",
    changes: [
      [
        `if kind == "none" then
  redis.call("ZREM"`,
        `if kind == "none" and ARGV[1] ~= "" then return {"changed"} end
if kind == "none" then
  redis.call("ZREM"`,
      ],
    ],
    groups: ["versions"],
    caughtBy: "a deletion under a version of an absent secret is false",
  },
  {
    mistake: "Each write keeps the previous value under another key, which a deletion leaves.",
    file: "scripts.ts",
    changes: [
      [
        'redis.call("ZADD", KEYS[2], 0, ARGV[3])',
        `local old = kind == "hash" and redis.call("HGET", KEYS[1], "value")
if old then redis.call("SET", KEYS[1] .. ":previous", old) end
redis.call("ZADD", KEYS[2], 0, ARGV[3])`,
      ],
    ],
    groups: ["existence"],
    caughtBy: "a deleted secret leaves nothing in the store",
  },
  {
    mistake: "A secret expires after an hour, as an entry of a cache.",
    file: "scripts.ts",
    changes: [
      [
        'return {"written", created}',
        `redis.call("EXPIRE", KEYS[1], 3600)
return {"written", created}`,
      ],
    ],
    groups: ["existence", "versions"],
    caughtBy: undefined,
    notCaughtBecause:
      "It shows after an hour, and the suite can make no store believe that an hour has passed.",
  },
  {
    mistake: "A late write reads back with the clock of performance.now().",
    file: "redis-backend.ts",
    changes: [
      [
        "const left = deadline - Date.now() - RESPONSE_TIME;",
        "const left = deadline - performance.now() - RESPONSE_TIME;",
      ],
    ],
    groups: ["errors"],
    caughtBy: "lost-answer: set ends with its actual outcome",
  },
  {
    mistake: "A write reads back for thirty seconds, whatever is left.",
    file: "redis-backend.ts",
    changes: [["await find?.(AbortSignal.timeout(left))", "await find?.(AbortSignal.timeout(30_000))"]],
    groups: ["lifecycle", "errors"],
    caughtBy: "aborted: the backend ends set while the store does not respond",
  },
  {
    mistake: "Changes wait for each other, so one without an answer stops all.",
    file: "redis-backend.ts",
    changes: [
      [
        `    try {
      return understand(await this.#pool.send(command, signal));`,
        `    const turn = this.turn;
    let end = () => {};
    this.turn = new Promise((resolve) => (end = resolve));
    try {
      await turn;
      return understand(await this.#pool.send(command, signal));`,
      ],
      [
        `      doubt = error;
    }
`,
        `      doubt = error;
    } finally {
      end();
    }
`,
      ],
      [
        "  readonly capabilities = capabilities;",
        `  readonly capabilities = capabilities;
  turn: Promise<void> = Promise.resolve();`,
      ],
    ],
    groups: ["errors"],
    caughtBy: "hanging-answer: while a change hangs, a client that serves reads serves every other change",
  },
];
