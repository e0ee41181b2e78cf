import type { SecretsManager } from "@archestra/secrets-core";
import { expect } from "vitest";
import type { ArchestraDatabase } from "./archestra-database.ts";

/**
 * Imports a table again and again while writers of the old application change, insert and delete rows, then stops them,
 * imports once more, and compares every value.
 */
export async function importWhileWriting(options: {
  source: ArchestraDatabase;
  rows: number;
  writers: number;
  run(): Promise<{ exitCode: number | null; result: Record<string, number> }>;
  open(): Promise<SecretsManager>;
}): Promise<void> {
  const { source, rows, writers, run } = options;
  const expected = new Map<string, { n: number; text: string }>();
  const makeValue = (n: number) => ({ n, text: `planted-${n} \u00e4\n"'` });
  let counter = 0;
  const add = async () => {
    const value = makeValue(++counter);
    expected.set(await source.add(`secret ${counter}`, value), value);
  };
  for (let index = 0; index < rows; index++) await add();

  const stop = new AbortController();
  const write = async (writer: number) => {
    for (let step = 0; !stop.signal.aborted; step++) {
      if (step % 10 === 9) await add();
      else {
        // Each writer has rows of its own, so that the last value of each is known.
        const mine = [...expected.keys()].filter((_, index) => index % writers === writer && index < rows);
        const id = mine[Math.floor(Math.random() * mine.length)] ?? "";
        const value = makeValue(++counter);
        await source.update(id, value);
        expected.set(id, value);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  const writing = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const during = [await run(), await run()];
  stop.abort();
  await writing;
  const last = await run();

  for (const { exitCode, result } of [...during, last]) {
    expect({ exitCode, failed: result.failed, skipped: result.skipped }).toEqual({
      exitCode: 0,
      failed: 0,
      skipped: 0,
    });
  }
  // The writers changed rows between the first two runs.
  expect(during[1]?.result.imported).toBeGreaterThan(0);
  expect(expected.size).toBeGreaterThan(rows);
  const manager = await options.open();
  const found = await manager.getMany([...expected.keys()]);
  for (const [id, value] of expected) {
    const result = found.get(id);
    expect(result?.status === "found" ? result.secret.value : result?.status).toEqual(value);
  }
  expect((await run()).result).toMatchObject({ imported: 0, unchanged: expected.size });
}
