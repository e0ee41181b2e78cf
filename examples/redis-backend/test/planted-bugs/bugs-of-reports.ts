// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes in what a backend reports: its health, its errors and its logs. */
export const bugsOfReports: readonly PlantedBug[] = [
  {
    mistake: "check remembers its first answer for a minute.",
    file: "redis-backend.ts",
    changes: [
      [
        "    const problems = await this.#problems(context.signal);",
        `    const problems = Date.now() - this.checkedAt < 60_000 ? this.checked : await this.#problems(context.signal);
    [this.checked, this.checkedAt] = [problems, Date.now()];`,
      ],
      [
        "  readonly capabilities = capabilities;",
        `  readonly capabilities = capabilities;
  checked: HealthProblem[] = [];
  checkedAt = 0;`,
      ],
    ],
    groups: ["errors"],
    caughtBy: "unavailable: check of a client that was healthy reports the fault, and its end",
  },
  {
    mistake: "classify reads the code of every error, and throws for one without.",
    file: "redis-error.ts",
    changes: [
      [
        `  return undefined;
}`,
        `  return (error as any).code.startsWith("ERR_") ? "INTERNAL" : undefined;
}`,
      ],
    ],
    groups: ["errors"],
    caughtBy: "an unknown error is not classified as a known one",
  },
  {
    mistake: "An error of a connection carries the settings of the client, as axios' errors do.",
    file: "connection.ts",
    changes: [
      [
        `      if (error instanceof ErrorReply) throw new RedisRefusal(error);
      if`,
        `      if (error instanceof ErrorReply) throw Object.assign(new RedisRefusal(error), { config: { headers: { authorization: text } } });
      if`,
      ],
    ],
    groups: ["redaction"],
    caughtBy: undefined,
    notCaughtBecause:
      "Core keeps only the name and the code of an error of the plugin, so the settings reach neither the application nor a log.",
  },
  {
    mistake: "The start logs the settings, with the key as a Buffer.",
    file: "open-redis-backend.ts",
    changes: [
      [
        "  const pool = new ConnectionPool({ url, password });",
        `  context.logger.info?.({ code: CODE, settings: { url: url.host, key, prefix } }, "Opening Redis.");
  const pool = new ConnectionPool({ url, password });`,
      ],
    ],
    groups: ["redaction"],
    caughtBy: "warnings show no value",
  },
];
