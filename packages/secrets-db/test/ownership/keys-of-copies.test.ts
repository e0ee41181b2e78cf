import { expect, test } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { describeEachDatabase } from "../support/each-database.ts";
import { failureCode } from "../support/failure.ts";
import { advanceRow, callContext, moveAway, openBackend } from "../support/open-backend.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";

const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
const [oldKey, newKey] = [deriveEncryptionKey(oldSecret).id, deriveEncryptionKey(newSecret).id];
const step = rollouts(oldSecret, newSecret);

describeEachDatabase("the copy in a row that another manager owns", (create) => {
  test("keeps its key from being retired, survives a rotation, and is readable when it is the secret again", async () => {
    const database = await create();
    const before = await openBackend(database.environment(step.old));
    const value = plantedValue();
    await before.backend.write("a", value, { expect: "absent" }, callContext());
    await moveAway(before.ownership, "a");
    await before.backend.close();
    const promoted = await openBackend(database.environment(step.promoted));

    const rotation = await startRotation(database.environment(step.promoted));
    expect(await failureCode(rotation.retire(oldKey))).toBe("CONFLICT KEY_IN_USE");
    expect(await rotation.status()).toMatchObject({ rows: 1, next: { action: "sweep", keyId: oldKey } });
    expect(await rotation.verify()).toMatchObject({ rows: 1, states: { "old-key": 1 } });
    expect(await rotation.sweep()).toMatchObject({ reencrypted: 1, failed: 0, done: true });
    expect(await rotation.verify()).toMatchObject({ verified: true, rows: 1 });
    await rotation.retire(oldKey);

    await advanceRow(promoted.ownership, "a", { manager: "DB", state: "active" });
    const found = await promoted.ownership.read("a", callContext());
    expect(found?.secret?.value).toEqual(value);
    const keyIds = await database.query("SELECT key_id FROM archestra_secrets");
    expect(keyIds).toEqual([{ key_id: newKey }]);
  });

  test("is reported by a start that lacks its key", async () => {
    const database = await create();
    const before = await openBackend(database.environment(step.old));
    await before.backend.write("a", plantedValue(), { expect: "absent" }, callContext());
    await moveAway(before.ownership, "a");
    await before.backend.close();
    await (await openBackend(database.environment(step.promoted))).backend.close();
    const lacking = { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: newSecret };
    const { backend } = await openBackend(database.environment(lacking));
    const { status, problems } = await backend.check({ count: false }, callContext());
    expect([status, problems[0]?.message]).toEqual(["degraded", expect.stringContaining(oldKey)]);
  });

  test("is encrypted by a start when it is not encrypted yet", async () => {
    const database = await create();
    const first = await openBackend(database.environment());
    await first.backend.close();
    await database.query(
      `INSERT INTO archestra_secrets (name, value, manager, copy_manager) VALUES ('a', '{"a":1}', 'OTHER', 'DB')`,
    );
    const { ownership } = await openBackend(database.environment());
    const [row] = await database.query<{ value: string }>("SELECT value FROM archestra_secrets");
    expect(row?.value).toMatch(/^\{"__encrypted":"v2:/);
    await advanceRow(ownership, "a", { manager: "DB", state: "active" });
    expect((await ownership.read("a", callContext()))?.secret?.value).toEqual({ a: 1 });
  });

  test("is gone from the row and from the counts of keys when the move is finalized", async () => {
    const database = await create();
    const { backend, ownership } = await openBackend(database.environment(step.old));
    await backend.write("a", plantedValue(), { expect: "absent" }, callContext());
    await moveAway(ownership, "a");
    await advanceRow(ownership, "a", { manager: "OTHER", state: "active" });
    const rows = await database.query("SELECT manager, value, key_id FROM archestra_secrets");
    expect(rows).toEqual([{ manager: "OTHER", value: null, key_id: null }]);
    const rotation = await startRotation(database.environment(step.old));
    expect(await rotation.status()).toMatchObject({ rows: 0 });
    expect(await rotation.verify()).toMatchObject({ rows: 0, verified: true });
  });
});
