import { join } from "node:path";
import type { Environment } from "@archestra/secrets-core";
import { describe, expect, test } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { encryptValue } from "../../src/encryption/envelope.ts";
import { secretPlace } from "../../src/encryption/envelope-place.ts";
import { dbPlugin, openRotation } from "../../src/index.ts";
import { failure, failureCode } from "../support/failure.ts";
import { defaultKey, fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { startRotation } from "../support/open-rotation.ts";
import { plantedKey, plantedText } from "../support/planted.ts";
import { execute, folderState, rawRow } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFile, scratchFolder } from "../support/scratch-folder.ts";

const PREVIOUS = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS";
const strict = { ARCHESTRA_SECRETS_STRICT: "true" };
const weak = plantedText().slice(-31);

/** Replaces the value of a secret by one that is encrypted under another secret, as an attacker with that secret can. */
function forge(file: string, name: string, secret: string): void {
  const key = deriveEncryptionKey(secret);
  const value = encryptValue('{"token":"forged"}', key, secretPlace(rawRow(file, name).id, name));
  execute(file, "UPDATE archestra_secrets SET value = ?, key_id = ? WHERE name = ?", value, key.id, name);
}

async function databaseWithSecret(): Promise<string> {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("token", { token: "genuine" });
  await manager.close();
  return file;
}

const weakSettings: [string, Environment, string][] = [
  ["the auth secret beside an encryption secret", { ARCHESTRA_AUTH_SECRET: weak }, "ARCHESTRA_AUTH_SECRET"],
  ["the only previous secret", { [PREVIOUS]: weak }, PREVIOUS],
  ["a previous secret of a JSON array", { [PREVIOUS]: JSON.stringify([plantedKey(), weak]) }, PREVIOUS],
];

describe.each(weakSettings)("a secret under 32 characters: %s", (_, more, variable) => {
  test("a strict start and a strict rotation are refused, and nothing is written", async () => {
    const folder = scratchFolder();
    const file = join(folder, "secrets.db");
    await makeDatabase(file);
    const before = folderState(folder);
    const env = fileEnvironment(file, { ...more, ...strict });
    for (const opening of [openManager(file, { ...more, ...strict }), openRotation({}, { env })]) {
      const error = await failure(opening as Promise<never>);
      expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "WEAK_SECRET" });
      expect(error.message).toContain(variable);
      expect(error.message).toContain("31 characters");
    }
    expect(folderState(folder)).toEqual(before);
  });

  test("a start and a rotation without strict mode warn and name the variable", async () => {
    const file = scratchFile();
    await makeDatabase(file);
    const warning = {
      fields: { code: "ARCHESTRA_SECRETS_WEAK_SECRET", variable, length: 31 },
      message: expect.stringContaining(variable),
    };
    const logger = recordedLogger();
    await openManager(file, more, { logger });
    expect(logger.warnings).toEqual([warning]);
    const rotationLogger = recordedLogger();
    const rotation = await openRotation({}, { env: fileEnvironment(file, more), logger: rotationLogger });
    await rotation.close();
    expect(rotationLogger.warnings).toEqual([warning]);
  });

  test("a row that was forged with it is not served in strict mode", async () => {
    const file = await databaseWithSecret();
    forge(file, "token", weak);
    expect(await failureCode(openManager(file, { ...more, ...strict }))).toBe(
      "INVALID_CONFIGURATION WEAK_SECRET",
    );
  });
});

test("a weak secret in the option `previousSecrets` is refused in strict mode", async () => {
  const file = await databaseWithSecret();
  const plugins = [dbPlugin({ previousSecrets: [plantedKey(), weak] })];
  expect(await failureCode(openManager(file, strict, { plugins }))).toBe("INVALID_CONFIGURATION WEAK_SECRET");
});

test.each(["[1]", '["a", {}]', `["${plantedText()}", null]`])(
  "a JSON array of something else than strings is refused by name (%#)",
  async (previous) => {
    const error = await failure(openManager(scratchFile(), { [PREVIOUS]: previous }));
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.message).toMatch(new RegExp(`${PREVIOUS}.*must be a string or an array of strings`));
  },
);

describe.each([
  ["normal mode", {}],
  ["strict mode", strict],
])("short pieces between commas, in %s", (_, mode) => {
  test("a piece of a previous secret that contains commas is not a key, and no warning is given", async () => {
    const file = await databaseWithSecret();
    const piece = plantedText().slice(-8);
    forge(file, "token", piece);
    const forged = rawRow(file, "token").value;
    const logger = recordedLogger();
    const more = { [PREVIOUS]: `${piece},${plantedKey()}`, ...mode };
    const manager = await openManager(file, more, { logger });
    expect(await failureCode(manager.get("token"))).toBe("DECRYPTION_FAILED UNDECRYPTABLE");
    expect(logger.codes).toEqual(["ARCHESTRA_SECRETS_UNKNOWN_KEY"]);
    await manager.close();

    const rotation = await startRotation(fileEnvironment(file, more));
    expect(await rotation.sweep()).toMatchObject({ reencrypted: 0, unknown: 1 });
    expect(rawRow(file, "token").value).toBe(forged);
  });

  test("two strong secrets between commas are both keys", async () => {
    const file = scratchFile();
    const [first, second] = [plantedKey(), plantedKey()];
    for (const secret of [first, second]) {
      await makeDatabase(file, {
        ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret,
        [PREVIOUS]: first,
      });
      const manager = await openManager(file, {
        ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret,
        [PREVIOUS]: first,
      });
      await manager.create(secret === first ? "first" : "second", { token: "genuine" });
      await manager.close();
    }
    const logger = recordedLogger();
    const manager = await openManager(file, { [PREVIOUS]: `${first}, ${second}`, ...mode }, { logger });
    expect((await manager.get("first"))?.value).toEqual({ token: "genuine" });
    expect((await manager.get("second"))?.value).toEqual({ token: "genuine" });
    expect(logger.codes).toEqual([]);
  });
});

test("a previous secret that became a piece under 32 characters is named when it would open secrets", async () => {
  const file = scratchFile();
  const old = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: weak };
  const manager = await openManager(file, old);
  await manager.create("old", { token: "genuine" });
  await manager.close();

  const listed = { [PREVIOUS]: `${weak},${plantedKey()}` };
  const error = await failure(openManager(file, listed));
  expect([error.code, error.reason]).toEqual(["DECRYPTION_FAILED", "KEY_MISMATCH"]);
  expect(error.message).toContain(`Secret 1 of ${PREVIOUS}, which has under 32 characters`);
  expect(error.message).toContain("JSON array");

  // As the message says.
  const array = { [PREVIOUS]: JSON.stringify([weak, plantedKey()]) };
  const again = await openManager(file, array);
  expect((await again.get("old"))?.value).toEqual({ token: "genuine" });
  await again.close();

  const logger = recordedLogger();
  await openManager(file, { ...listed, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey }, { logger });
  expect(logger.warnings).toEqual([
    {
      fields: expect.objectContaining({ code: "ARCHESTRA_SECRETS_UNKNOWN_KEY", count: 1 }),
      message: expect.stringContaining(`Secret 1 of ${PREVIOUS}, which has under 32 characters`),
    },
  ]);
});
