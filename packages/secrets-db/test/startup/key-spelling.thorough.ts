import type { Environment } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { openRotation } from "../../src/index.ts";
import { describeEachDatabase, type TestDatabase } from "../support/each-database.ts";
import { failure } from "../support/failure.ts";
import { startManager } from "../support/open-manager.ts";
import { startRotation } from "../support/open-rotation.ts";
import { plantedKey, showsPlantedText } from "../support/planted.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const SECRET = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET";
const PREVIOUS = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS";
const AUTH = "ARCHESTRA_AUTH_SECRET";
const BYTE_ORDER_MARK = "\uFEFF";

/** Makes a database with one secret under this key, and leaves it closed. */
async function createEncrypted(database: TestDatabase, secret: string): Promise<void> {
  const manager = await startManager(database.environment({ [SECRET]: secret }));
  await manager.create("token", { token: "genuine" });
  await manager.close();
}

describeEachDatabase("a key that is spelled differently", (create) => {
  const core = plantedKey();
  const spellings: [stored: string, given: string, difference: string][] = [
    [`${core}\n`, core, "with a newline at its end"],
    [core, `${core}\n`, "without the newline at its end"],
    [`${core}\r\n`, core, "with a CRLF line break at its end"],
    [core, `"${core}"`, "without the double quotes around it"],
    [`'${core}'`, core, "with single quotes around it"],
    [core, `${BYTE_ORDER_MARK}${core}`, "without the byte-order mark at its beginning"],
    [`${BYTE_ORDER_MARK}${core}`, core, "with a byte-order mark at its beginning"],
    [core, ` ${core} `, "without the space at its beginning and without the space at its end"],
  ];

  test.each(spellings)("the error says how (%#)", async (stored, given, difference) => {
    const database = await create();
    await createEncrypted(database, stored);
    const tables = async () => [
      await database.query("SELECT * FROM archestra_secrets"),
      await database.query("SELECT * FROM archestra_secrets_keys"),
    ];
    const before = await tables();
    const error = await failure(startManager(database.environment({ [SECRET]: given })));
    expect([error.code, error.reason]).toEqual(["DECRYPTION_FAILED", "KEY_MISMATCH"]);
    expect(error.message).toContain(`${SECRET} ${difference} opens this database.`);
    expect(showsPlantedText(error)).toBe(false);
    expect(await tables()).toEqual(before);

    // The two remedies of the message.
    const restored = await startManager(database.environment({ [SECRET]: stored }));
    expect((await restored.get("token"))?.value).toEqual({ token: "genuine" });
    await restored.close();
    const changed = { [SECRET]: given, [PREVIOUS]: JSON.stringify([stored]) };
    const manager = await startManager(database.environment(changed));
    expect((await manager.get("token"))?.value).toEqual({ token: "genuine" });
  });

  const places: [title: string, environment: Environment, label: string][] = [
    ["the auth secret", { [AUTH]: core }, AUTH],
    ["the auth secret as the current one", { [SECRET]: undefined, [AUTH]: core }, AUTH],
    ["the previous secret", { [PREVIOUS]: core }, PREVIOUS],
    ["one of several previous secrets", { [PREVIOUS]: `${plantedKey()},${core}` }, `Secret 2 of ${PREVIOUS}`],
    ["one of a JSON array", { [PREVIOUS]: JSON.stringify([core]) }, `Secret 1 of ${PREVIOUS}`],
  ];

  test.each(places)("the error, the status and the sweep name the variable of %s", async (_, more, label) => {
    const database = await create();
    await createEncrypted(database, `${core}\n`);
    const env = database.environment({ [SECRET]: plantedKey(), ...more });
    const sentence = `${label} with a newline at its end opens this database.`;
    expect((await failure(startManager(env))).message).toContain(sentence);
    const rotation = await startRotation(env);
    const { next } = await rotation.status();
    expect([next.action, next.instruction]).toEqual(["restore-key", expect.stringContaining(sentence)]);
    expect((await failure(rotation.sweep())).message).toContain(sentence);
  });

  test("a previous secret that no process needs to start is explained by the warning of unknown keys", async () => {
    const database = await create();
    const [old, current] = [`${plantedKey()}\n`, plantedKey()];
    await createEncrypted(database, old);
    const promoted = { [SECRET]: current, [PREVIOUS]: JSON.stringify([old]) };
    await (await startManager(database.environment(promoted))).close();

    const logger = recordedLogger();
    const misspelled = { [SECRET]: current, [PREVIOUS]: old.trim() };
    await startManager(database.environment(misspelled), { logger });
    expect(logger.warnings).toEqual([
      {
        fields: expect.objectContaining({ code: "ARCHESTRA_SECRETS_UNKNOWN_KEY" }),
        message: expect.stringContaining(`${PREVIOUS} with a newline at its end opens this database.`),
      },
    ]);
  });

  test("no spelling is named when none opens the database", async () => {
    const database = await create();
    await createEncrypted(database, plantedKey());
    const error = await failure(startManager(database.environment({ [SECRET]: plantedKey() })));
    expect(error.message).not.toContain("opens this database");
  });
});

describeEachDatabase("the first start with an unusual key", (create) => {
  test.each([
    [SECRET, (core: string) => `${core}\n`, "ends with a newline"],
    [AUTH, (core: string) => `"${core}"`, "is in double quotes"],
    [SECRET, (core: string) => `${BYTE_ORDER_MARK}${core}`, "begins with a byte-order mark"],
  ])("warns that %s is spelled unusually, and later starts do not", async (variable, spell, ends) => {
    const database = await create();
    const env = database.environment({ [SECRET]: undefined, [variable]: spell(plantedKey()) });
    const logger = recordedLogger();
    await (await startManager(env, { logger })).close();
    expect(logger.warnings).toEqual([
      {
        fields: { code: "ARCHESTRA_SECRETS_UNUSUAL_KEY_SPELLING", variable, keyId: expect.any(String) },
        message: expect.stringContaining(`${variable} ${ends}.`),
      },
    ]);
    const again = recordedLogger();
    await (await startManager(env, { logger: again })).close();
    expect(again.codes).toEqual([]);
  });

  test("does not warn of a usual key, nor of a later one", async () => {
    const database = await create();
    const [first, second] = [plantedKey(), `${plantedKey()}\n`];
    const logger = recordedLogger();
    await (await startManager(database.environment({ [SECRET]: first }), { logger })).close();
    const promoted = { [SECRET]: second, [PREVIOUS]: first };
    await (await startManager(database.environment(promoted), { logger })).close();
    expect(logger.codes).toEqual([]);
  });

  test("of a rotation on an empty database warns as well", async () => {
    const database = await create();
    await (await startManager(database.environment())).close();
    await database.query("DELETE FROM archestra_secrets_keys");
    const logger = recordedLogger();
    const env = database.environment({ [SECRET]: `${plantedKey()}\n` });
    await using rotation = await openRotation({}, { env, logger });
    await rotation.sweep();
    expect(logger.codes).toEqual(["ARCHESTRA_SECRETS_UNUSUAL_KEY_SPELLING"]);
  });
});
