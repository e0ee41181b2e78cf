import { expect, test } from "vitest";
import { moveDatabase } from "../../src/index.ts";
import { failureCode } from "../support/failure.ts";
import { importCounters } from "../support/imported-rows.ts";
import { startManager } from "../support/open-manager.ts";
import { rollouts, startRotation } from "../support/open-rotation.ts";
import { plantedKey } from "../support/planted.ts";
import { LiveWriter } from "./live-writers.ts";
import { contentOf, describeEachPair, fillEntries, placeOf } from "./move-pairs.ts";

describeEachPair("moveDatabase()", (create) => {
  test("copies every acknowledged write of other processes, with its version, and none is acknowledged later", async () => {
    const { source, target } = await create();
    await (await startManager(source.environment())).close();
    await importCounters(source, 1_500);
    await (await startManager(source.environment())).close();
    const writers = [
      new LiveWriter(source.environment(), "one"),
      new LiveWriter(source.environment(), "two"),
    ];
    await Promise.all(writers.map((writer) => writer.started()));

    const report = await moveDatabase({ from: placeOf(source), to: placeOf(target) });

    await Promise.all(writers.map((writer) => writer.ended()));
    const content = await contentOf(target);
    expect(content).toEqual(await contentOf(source));
    expect(report).toEqual({
      rows: content.secrets.length,
      keys: 1,
      passes: expect.any(Number),
      verified: true,
    });
    const manager = await startManager(target.environment());
    for (const { known, refusals, late, acknowledged, checked, refusalMessages } of writers) {
      expect(acknowledged).toBeGreaterThan(0);
      expect(late).toBe(0);
      expect(new Set(refusals)).toEqual(new Set(["UNAVAILABLE DATABASE_MOVED retryable"]));
      expect(refusalMessages[0]).toContain("ARCHESTRA_DATABASE_URL");
      expect(checked).toMatchObject({ status: "degraded", reasons: ["DATABASE_MOVED"] });
      for (const [name, expected] of known) {
        const secret = await manager.get(name);
        const found = secret && { n: secret.value.n, version: secret.version };
        expect([name, found]).toEqual([name, expected]);
      }
      const [name, last] = [...known].find(([, secret]) => secret !== undefined) ?? [];
      if (name === undefined) continue;
      const updated = await manager.update(name, { n: 0 }, { ifVersion: last?.version });
      expect(updated.version).not.toBe(last?.version);
      expect(await failureCode(manager.update(name, { n: 1 }, { ifVersion: last?.version }))).toBe(
        "CONFLICT",
      );
    }
    expect((await manager.get("counter/1500"))?.value).toEqual({ n: 1_500 });
    expect((await manager.check()).status).toBe("healthy");
  });

  test("copies the entries of other managers unchanged, with their copies and transitions", async () => {
    const { source, target } = await create();
    await (await startManager(source.environment())).close();
    await fillEntries(source, 600);
    const before = await contentOf(source);
    const report = await moveDatabase({ from: placeOf(source), to: placeOf(target) });
    expect(report).toMatchObject({ rows: 600, keys: 1, verified: true });
    expect(await contentOf(target)).toEqual(before);
  });

  test("copies every registered key, so that a rotation that began at the source ends at the target", async () => {
    const { source, target } = await create();
    const step = rollouts(plantedKey(), plantedKey());
    const first = await startManager(source.environment(step.old));
    await first.set("old", { by: "old" });
    const second = await startManager(source.environment(step.promoted));
    await second.set("new", { by: "new" });
    await Promise.all([first.close(), second.close()]);
    expect(await moveDatabase({ from: placeOf(source), to: placeOf(target) })).toMatchObject({
      rows: 2,
      keys: 2,
    });
    const rotation = await startRotation(target.environment(step.promoted));
    expect(await rotation.sweep()).toMatchObject({ reencrypted: 1, failed: 0, done: true });
    const manager = await startManager(target.environment(step.promoted));
    expect((await manager.get("old"))?.value).toEqual({ by: "old" });
    expect((await manager.get("new"))?.value).toEqual({ by: "new" });
  });
});
