import type { SecretsManager } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { failure, failureCode } from "../support/failure.ts";
import { openManager } from "../support/open-manager.ts";
import { plantedText, plantedValue } from "../support/planted.ts";
import { dump, execute, rawRow } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

/** Two secrets, and a connection to edit their rows behind the manager's back. */
async function twoSecrets(): Promise<{ file: string; manager: SecretsManager }> {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("a", plantedValue());
  await manager.create("b", plantedValue());
  return { file, manager };
}

const set = (column: string) => `UPDATE archestra_secrets SET ${column} = ? WHERE name = 'a'`;
const envelopeOf = (text: string) => JSON.parse(text).__encrypted as string;
const stored = (envelope: string) => JSON.stringify({ __encrypted: envelope });

const edits: [string, string, (file: string) => void][] = [
  ["the value of another row", "TAMPERED", (file) => execute(file, set("value"), rawRow(file, "b").value)],
  [
    "another name",
    "TAMPERED",
    (file) => execute(file, "UPDATE archestra_secrets SET name = 'c' WHERE name = 'a'"),
  ],
  ["another row id", "TAMPERED", (file) => execute(file, set("id"), "another")],
  ["another key id in the column", "TAMPERED", (file) => execute(file, set("key_id"), "AAAAAAAAAAA")],
  ["no key id in the column", "TAMPERED", (file) => execute(file, set("key_id"), null)],
  ["plaintext beside the key id", "TAMPERED", (file) => execute(file, set("value"), '{"token":"x"}')],
  [
    "another key id in column and envelope",
    "UNDECRYPTABLE",
    (file) => {
      const [version, , ...rest] = envelopeOf(rawRow(file, "a").value).split(":");
      execute(file, set("value"), stored([version, "AAAAAAAAAAA", ...rest].join(":")));
      execute(file, set("key_id"), "AAAAAAAAAAA");
    },
  ],
  [
    "a truncated envelope",
    "UNSUPPORTED_ENVELOPE",
    (file) => execute(file, set("value"), stored(envelopeOf(rawRow(file, "a").value).slice(0, 100))),
  ],
  [
    "half of the text",
    "UNSUPPORTED_ENVELOPE",
    (file) => execute(file, set("value"), rawRow(file, "a").value.slice(0, 90)),
  ],
  [
    "an unknown version",
    "UNSUPPORTED_ENVELOPE",
    (file) => execute(file, set("value"), stored(envelopeOf(rawRow(file, "a").value).replace("v2:", "v9:"))),
  ],
  ["text that is not JSON", "UNSUPPORTED_ENVELOPE", (file) => execute(file, set("value"), "not JSON")],
];

test.each(edits)(
  "a row with %s cannot be decrypted (%s), fails no other secret, and is left as it is",
  async (_, reason, edit) => {
    const { file, manager } = await twoSecrets();
    edit(file);
    const name = reason === "TAMPERED" && (await manager.has("c")) ? "c" : "a";
    const before = dump(file);
    expect(await failureCode(manager.get(name))).toBe(`DECRYPTION_FAILED ${reason}`);
    const results = await manager.getMany([name, "b"]);
    expect([results.get(name)?.status, results.get("b")?.status]).toEqual(["failed", "found"]);
    expect(dump(file)).toEqual(before);
  },
);

test("plaintext that is inserted while the manager runs is refused, and reported by check()", async () => {
  const { file, manager } = await twoSecrets();
  execute(
    file,
    "INSERT INTO archestra_secrets (name, value) VALUES ('late', ?)",
    JSON.stringify({ token: plantedText() }),
  );
  expect(await failureCode(manager.get("late"))).toBe("DECRYPTION_FAILED PLAINTEXT_REJECTED");
  expect(await manager.check()).toMatchObject({
    status: "degraded",
    problems: [{ reason: "PLAINTEXT_REJECTED" }],
  });
});

test("a row of a manager that is not installed is named, and neither read nor changed", async () => {
  const { file, manager } = await twoSecrets();
  execute(
    file,
    "INSERT INTO archestra_secrets (name, manager, path) VALUES ('theirs', 'VAULT', 'secret/data/theirs')",
  );
  const before = dump(file);
  for (const call of [
    () => manager.get("theirs"),
    () => manager.has("theirs"),
    () => manager.create("theirs", { a: 1 }),
    () => manager.set("theirs", { a: 1 }),
    () => manager.delete("theirs"),
  ]) {
    const error = await failure(call());
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.message).toContain("@archestra/secrets-vault");
  }
  const names = (await Array.fromAsync(manager.list())).map(({ name }) => name);
  expect(names).toEqual(["a", "b", "theirs"]);
  expect(dump(file)).toEqual(before);
});

test("data of a user that looks like an envelope comes back as it is", async () => {
  const { manager } = await twoSecrets();
  const lookalikes = [
    { __encrypted: "v1:AAAA:BBBB:CCCC" },
    { __encrypted: "v9:anything" },
    { __encrypted: "v2:", kid: "x" },
    { list: [{ __encrypted: "v2:x" }] },
  ];
  for (const [index, value] of lookalikes.entries()) {
    await manager.create(`lookalike-${index}`, value);
    expect((await manager.get(`lookalike-${index}`))?.value).toEqual(value);
  }
});
