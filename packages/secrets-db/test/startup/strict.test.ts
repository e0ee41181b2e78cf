import { join } from "node:path";
import { expect, test } from "vitest";
import { startAgent } from "../support/agents.ts";
import { failure } from "../support/failure.ts";
import { encryptV1, importRows } from "../support/imported-rows.ts";
import { defaultKey, makeDatabase, openManager } from "../support/open-manager.ts";
import { plantedKey, plantedText, plantedValue } from "../support/planted.ts";
import { execute, folderState } from "../support/raw-database.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

const strict = { ARCHESTRA_SECRETS_STRICT: "true" };
const weak = plantedText().slice(-31);

test("strict mode requires the embedded database to be requested, and writes nothing", async () => {
  const folder = scratchFolder();
  const agent = await startAgent(folder);
  const { failure: refused } = await agent.try("open", {
    ...strict,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey,
  });
  expect(refused).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "EMBEDDED_DATABASE" });
  expect(refused?.message).toContain("ARCHESTRA_DATABASE_URL=sqlite:.archestra/secrets.db");
  expect(folderState(folder)).toEqual({});
});

test.each([
  ["ARCHESTRA_SECRETS_ENCRYPTION_SECRET", { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: weak }],
  ["ARCHESTRA_AUTH_SECRET", { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: undefined, ARCHESTRA_AUTH_SECRET: weak }],
])(
  "a weak secret in %s causes a warning, and is refused in strict mode before anything is written",
  async (variable, more) => {
    const folder = scratchFolder();
    const file = join(folder, "secrets.db");
    const error = await failure(openManager(file, { ...more, ...strict }));
    expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "WEAK_SECRET" });
    expect(error.message).toMatch(new RegExp(`${variable} has 31 characters.*openssl rand -base64 48`));
    expect(folderState(folder)).toEqual({});

    const logger = recordedLogger();
    await openManager(file, more, { logger });
    expect(logger.warnings).toEqual([
      {
        fields: { code: "ARCHESTRA_SECRETS_WEAK_SECRET", variable, length: 31 },
        message: expect.stringContaining(variable),
      },
    ]);
  },
);

test("32 characters are enough", async () => {
  const file = join(scratchFolder(), "secrets.db");
  const logger = recordedLogger();
  const secret = plantedText().slice(-32);
  await openManager(file, { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret, ...strict }, { logger });
  expect(logger.warnings).toEqual([]);
});

test.each([
  ["plaintext", () => JSON.stringify(plantedValue())],
  ["a v1 envelope", () => encryptV1(plantedValue(), defaultKey)],
  ["an envelope of an unknown version", () => '{"__encrypted":"v9:abc"}'],
])("one row with %s stops a strict start before anything is written", async (_, value) => {
  const folder = scratchFolder();
  const file = join(folder, "secrets.db");
  await makeDatabase(file);
  importRows(file, [{ name: "brought", value: value() }]);
  const before = folderState(folder);
  // A new key, which would otherwise be registered first.
  const promoted = {
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: plantedKey(),
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: defaultKey,
  };
  const error = await failure(openManager(file, { ...promoted, ...strict }));
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "UNENCRYPTED_ROWS" });
  expect(error.message).toContain("ARCHESTRA_SECRETS_STRICT=false");
  expect(folderState(folder)).toEqual(before);
});

test("strict mode starts if everything is encrypted, and the option has the effect of the variable", async () => {
  const file = join(scratchFolder(), "secrets.db");
  const manager = await openManager(file, strict);
  await manager.create("a", { b: 1 });
  await manager.close();
  importRows(file, [{ name: "entry", value: "" }]);
  execute(
    file,
    "UPDATE archestra_secrets SET manager = 'VAULT', value = NULL, path = 'p' WHERE name = 'entry'",
  );
  const again = await openManager(file, {}, { strict: true });
  expect((await again.get("a"))?.value).toEqual({ b: 1 });
});
