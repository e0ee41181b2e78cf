import { isSecretsError } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { describeEachDatabase } from "../support/each-database.ts";
import { startManager } from "../support/open-manager.ts";
import { startRotation } from "../support/open-rotation.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

/** A line break, a terminal's escape, C1, bidirectional and invisible marks. */
const hostile = "x\n\r\u001b[31m\u009b2J\u0085\u202edlog\u2066\u200b\u2028\ufeff";
const obeyed = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

async function messageOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isSecretsError(error)) throw new Error("The call was to fail with a SecretsError.", { cause: error });
  return [JSON.stringify(error), error.message.replaceAll("\n  - ", " ")].join(" ");
}

describeEachDatabase("columns with control characters of a terminal", (create) => {
  test("reach no message and no warning unescaped", async () => {
    const database = await create();
    await (await startManager(database.environment())).close();
    await database.query(
      "INSERT INTO archestra_secrets (name, value, key_id) VALUES ($1, '{}', $2)",
      "key",
      hostile,
    );
    await database.query(
      "INSERT INTO archestra_secrets (name, value, key_id, manager) VALUES ($1, '{}', $2, $3)",
      "owner",
      "k",
      hostile,
    );
    await database.query("INSERT INTO archestra_secrets (name, manager) VALUES ($1, $2)", "row", hostile);
    const logger = recordedLogger();

    const manager = await startManager(database.environment(), { logger });
    const rotation = await startRotation(database.environment());
    const shown = [
      ...(await Promise.all(["key", "owner", "row"].map((name) => messageOf(manager.get(name))))),
      ...(await manager.check({ count: true })).problems.map(({ message }) =>
        message.replaceAll("\n  - ", " "),
      ),
      (await rotation.status()).next.instruction,
      await messageOf(rotation.retire("no-key\u202e")),
      JSON.stringify(manager.describe()),
      ...logger.warnings.flatMap(({ fields, message }) => [JSON.stringify(fields), message]),
    ];

    expect(logger.warnings.length).toBeGreaterThan(0);
    expect(shown.filter((text) => obeyed.test(text))).toEqual([]);
    expect(shown.some((text) => text.includes("\\u{202e}"))).toBe(true);
  });
});
