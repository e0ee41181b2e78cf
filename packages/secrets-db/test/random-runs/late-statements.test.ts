import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { LateStatements, seeStatements } from "./late-statements.ts";

test("a change that is sent after its call ended is seen, and nothing else is", async () => {
  seeStatements();
  const database = new DatabaseSync(":memory:");
  onTestFinished(() => database.close());
  database.exec("CREATE TABLE numbers (n INTEGER)");
  const insert = database.prepare("INSERT INTO numbers VALUES (1)");
  const select = database.prepare("SELECT n FROM numbers");
  const statements = new LateStatements();
  const late: Promise<void>[] = [];
  const later = (run: () => unknown) =>
    late.push(new Promise((resolve) => setTimeout(resolve, 5)).then(() => void run()));

  await statements.watch("in time", async () => insert.run());
  await statements.watch("read late", async () => later(() => select.all()));
  const failing = statements.watch("change late", async () => {
    later(() => insert.run());
    throw Object.assign(new Error("late"), { code: "TIMEOUT" });
  });
  await expect(failing).rejects.toThrow("late");
  await Promise.all(late);
  insert.run();
  expect(statements.late).toEqual([
    expect.stringMatching(
      /^`INSERT INTO numbers VALUES \(1\)…` was sent \d+ ms after the call change late had ended with TIMEOUT$/,
    ),
  ]);
});
