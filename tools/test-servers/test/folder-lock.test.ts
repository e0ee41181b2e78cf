import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { withFolderLock } from "../folder-lock.ts";

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "archestra-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("one runs, the other waits for it", async () => {
  const folder = scratchFolder();
  const events: string[] = [];
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const first = withFolderLock(
    folder,
    async () => {
      events.push("first begins");
      await finished;
      events.push("first ends");
    },
    () => {},
  );
  while (events.length === 0) await new Promise(setImmediate);
  const second = withFolderLock(
    folder,
    async () => {
      events.push("second");
      finish();
    },
    () => {
      events.push("second waits");
      finish();
    },
  );
  await Promise.all([first, second]);
  expect(events).toEqual(["first begins", "second waits", "first ends", "second"]);
  expect(existsSync(join(folder, "lock"))).toBe(false);
});

test("the lock of a process that was killed is taken over", async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "lock"), "");
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(join(folder, "lock"), longAgo, longAgo);
  expect(
    await withFolderLock(
      folder,
      async () => "ran",
      () => {},
    ),
  ).toBe("ran");
});
