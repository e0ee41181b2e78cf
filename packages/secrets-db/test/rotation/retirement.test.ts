import type { Environment } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { describeEachDatabase } from "../support/each-database.ts";
import { failure, failureCode } from "../support/failure.ts";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey, plantedValue } from "../support/planted.ts";

const [oldSecret, newSecret] = [plantedKey(), plantedKey()];
const [oldKey, newKey] = [deriveEncryptionKey(oldSecret).id, deriveEncryptionKey(newSecret).id];
const step = rollouts(oldSecret, newSecret);

describeEachDatabase(
  "a rotation",
  (create) => {
    test("is guided by `next` from the first rollout to the removal of the old key", async () => {
      const database = await create();
      const first = await startManager(database.environment(step.old));
      await first.create("a", plantedValue());
      await first.create("b", plantedValue());
      await first.close();
      const status = async (env: Environment) => (await startRotation(database.environment(env))).status();

      expect((await status(step.prepared)).next.action).toBe("none");
      expect((await status(step.promoted)).next.action).toBe("start");
      // Long enough that the background does nothing during this test.
      const promoted = await startManager(database.environment(step.promoted));
      await promoted.set("b", plantedValue());
      expect(await status(step.promoted)).toMatchObject({
        rows: 2,
        unencrypted: 0,
        keyProven: true,
        keys: [
          { keyId: oldKey, rows: 1, inRing: true, current: false, registeredLast: false },
          { keyId: newKey, rows: 1, inRing: true, current: true, registeredLast: true },
        ],
        next: { action: "sweep", keyId: oldKey },
      });

      const rotation = await startRotation(database.environment(step.promoted));
      expect(await failureCode(rotation.retire(oldKey))).toBe("CONFLICT KEY_IN_USE");
      expect(await rotation.sweep()).toMatchObject({ reencrypted: 1, done: true });
      const swept = await rotation.status();
      expect(swept.next).toMatchObject({ action: "retire", keyId: oldKey });
      expect(swept.keys.at(-1)?.sweepDoneAt).toBeInstanceOf(Date);
      expect(await rotation.verify()).toMatchObject({ verified: true, rows: 2 });
      await rotation.retire(oldKey);
      await rotation.retire(oldKey);
      const retired = await rotation.status();
      expect(retired.keys[0]?.retiredAt).toBeInstanceOf(Date);
      expect(retired.next).toMatchObject({ action: "remove-previous-key", keyId: oldKey });
      expect((await status({ ARCHESTRA_SECRETS_ENCRYPTION_SECRET: newSecret })).next.action).toBe("none");
    });

    test("refuses to retire a key that is current anywhere, or none", async () => {
      const database = await create();
      await (await startManager(database.environment(step.old))).close();
      await (await startManager(database.environment(step.promoted))).close();
      const [forward, back] = [
        await startRotation(database.environment(step.promoted)),
        await startRotation(database.environment(step.prepared)),
      ];
      expect(await failureCode(forward.retire(newKey))).toBe("INVALID_ARGUMENT KEY_IS_CURRENT");
      expect(await failureCode(back.retire(oldKey))).toBe("INVALID_ARGUMENT KEY_IS_CURRENT");
      expect(await failureCode(back.retire(newKey))).toBe("INVALID_ARGUMENT KEY_IS_CURRENT");
      expect((await failure(forward.retire("nonsense"))).message).toContain(
        `Registered: ${oldKey}, ${newKey}`,
      );
    });

    test("stops a start whose current key is retired, until it is accepted again", async () => {
      const database = await create();
      await (await startManager(database.environment(step.old))).close();
      await (await startManager(database.environment(step.promoted))).close();
      await (await startRotation(database.environment(step.promoted))).retire(oldKey);
      const error = await failure(startManager(database.environment(step.old)));
      expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "KEY_RETIRED"]);
      expect(error.message).toContain(oldKey);
      const accepted = await startManager(
        database.environment({ ...step.prepared, ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY: "true" }),
      );
      await accepted.create("a", plantedValue());
      const { keys } = await (await startRotation(database.environment(step.prepared))).status();
      expect(keys.at(-1)).toMatchObject({ keyId: oldKey, registeredLast: true, rows: 1 });
      expect(keys.at(-1)).not.toHaveProperty("retiredAt");
    });

    test("is CLOSED after close()", async () => {
      const database = await create();
      await (await startManager(database.environment(step.old))).close();
      const rotation = await startRotation(database.environment(step.old));
      await rotation.close();
      await rotation.close();
      expect(await failureCode(rotation.status())).toBe("CLOSED");
      expect(await failureCode(Array.fromAsync(rotation.survey()))).toBe("CLOSED");
    });
  },
  { withGrants: true },
);
