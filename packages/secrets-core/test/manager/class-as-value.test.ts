import { inspect } from "node:util";
import { expect, test } from "vitest";
import { migrateSecrets, SecretsManager } from "../../src/index.ts";
import { openMemory } from "../support/open-manager.ts";

test("createSecretsManager() returns an instance of SecretsManager, printed under that name", async () => {
  const manager = await openMemory();
  expect(manager).toBeInstanceOf(SecretsManager);
  expect(inspect(manager)).toBe("SecretsManager {}");
});

test("new SecretsManager() is refused with the function to call instead", () => {
  const construct = SecretsManager as unknown as new () => SecretsManager;
  expect(() => new construct()).toThrow(
    new TypeError("A SecretsManager cannot be constructed: call createSecretsManager()."),
  );
});

test("migrateSecrets() refuses a fake that extends SecretsManager", async () => {
  const parent = SecretsManager as unknown as new () => object;
  const fake = new (class extends parent {})() as SecretsManager;
  await expect(migrateSecrets(fake, { to: "VAULT" })).rejects.toThrow(
    new TypeError(
      "migrateSecrets takes a manager that `createSecretsManager` of the same copy of the package returned.",
    ),
  );
});
