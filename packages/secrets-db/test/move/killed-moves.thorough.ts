import { expect, test } from "vitest";
import { moveDatabase } from "../../src/index.ts";
import { importCounters } from "../support/imported-rows.ts";
import { startManager } from "../support/open-manager.ts";
import { type DeathPoint, killMover } from "./kill-movers.ts";
import { LiveWriter } from "./live-writers.ts";
import { contentOf, describeEachPair, fillEntries, placeOf } from "./move-pairs.ts";

const deaths: DeathPoint[] = [
  { line: "begun", number: 1, delay: 300 },
  { line: "copy", number: 1, delay: 0 },
  { line: "copy", number: 6, delay: 30 },
  { line: "copy", number: 14, delay: 200 },
  { line: "final", number: 2, delay: 10 },
  { line: "verify", number: 2, delay: 10 },
];

describeEachPair("a move that is killed at any point", (create) => {
  test("continues when it is called again, and loses no write that was acknowledged meanwhile", async () => {
    const pair = await create();
    const { source, target } = pair;
    await (await startManager(source.environment())).close();
    await importCounters(source, 2_500);
    await fillEntries(source, 500);
    await (await startManager(source.environment())).close();
    const writer = new LiveWriter(source.environment(), "live");
    await writer.started();
    for (const death of deaths) await killMover(pair, death);
    const report = await moveDatabase({ from: placeOf(source), to: placeOf(target) });
    await writer.ended();
    const content = await contentOf(target);
    expect(content).toEqual(await contentOf(source));
    expect(report).toMatchObject({ rows: content.secrets.length, keys: 1, verified: true });
    const manager = await startManager(target.environment());
    expect([writer.late, writer.known.size > 0]).toEqual([0, true]);
    for (const [name, expected] of writer.known) {
      const secret = await manager.get(name);
      expect([name, secret && { n: secret.value.n, version: secret.version }]).toEqual([name, expected]);
    }
    // A call after the end changes nothing, also when the applications of the target have written.
    await manager.set("after", { n: 1 });
    const again = await moveDatabase({ from: placeOf(source), to: placeOf(target) });
    expect(again).toEqual({ ...report, passes: 0 });
    expect((await manager.get("after"))?.value).toEqual({ n: 1 });
  });
});
