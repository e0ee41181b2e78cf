import type { SecretsManager } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { failure, failureCode } from "../support/failure.ts";
import { openManager } from "../support/open-manager.ts";
import { plantedText, plantedValue } from "../support/planted.ts";
import { dump } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";

const changes: [string, (manager: SecretsManager, signal?: AbortSignal) => Promise<unknown>][] = [
  ["create", (manager, signal) => manager.create("new", plantedValue(), { signal })],
  ["set", (manager, signal) => manager.set("there", plantedValue(), { signal })],
  ["update", (manager, signal) => manager.update("there", plantedValue(), { signal })],
  ["update by a function", (manager, signal) => manager.update("there", () => plantedValue(), { signal })],
  ["delete", (manager, signal) => manager.delete("there", { signal })],
];

test.each(changes)(
  "%s with a signal that is aborted already is ABORTED and changes nothing",
  async (_, call) => {
    const file = scratchFile();
    const manager = await openManager(file);
    await manager.create("there", plantedValue());
    const before = dump(file);
    const error = await failure(call(manager, AbortSignal.abort()));
    expect(error).toMatchObject({ code: "ABORTED", retryable: false });
    expect(error.message).toContain("nothing was changed");
    expect(dump(file)).toEqual(before);
  },
);

test.each(changes)("%s on a closed manager is CLOSED and changes nothing", async (_, call) => {
  const file = scratchFile();
  const manager = await openManager(file);
  await manager.create("there", plantedValue());
  await manager.close();
  const before = dump(file);
  const error = await failure(call(manager));
  expect(error).toMatchObject({ code: "CLOSED", manager: "DB" });
  expect(error.message).toContain("Create a new one");
  expect(dump(file)).toEqual(before);
});

test.each<[string, string, object]>([
  ["NAME_EMPTY", "", { a: 1 }],
  ["NAME_DOUBLE_DOT", "../etc/passwd", { a: 1 }],
  ["NAME_NOT_NORMALIZED", "e\u0301", { a: 1 }],
  ["NAME_CHARACTER", "a\u0000b", { a: 1 }],
  ["NAME_TOO_LONG", Array.from({ length: 60 }, () => "nine-char").join("/"), { a: 1 }],
  ["VALUE_NOT_OBJECT", "a", [plantedText()]],
  ["VALUE_NOT_JSON", "a", { token: plantedText(), when: new Date() }],
  ["VALUE_LONE_SURROGATE", "a", { token: `${plantedText()}\ud800` }],
  ["VALUE_TOO_LARGE", "a", { token: plantedText() + "x".repeat(512 * 1024) }],
])("%s is refused by create, set and update before the database is asked", async (reason, name, value) => {
  const file = scratchFile();
  const manager = await openManager(file);
  const before = dump(file);
  for (const call of [
    manager.create(name, value as Record<string, string>),
    manager.set(name, value as Record<string, string>),
    manager.update(name, value as Record<string, string>),
  ]) {
    expect(await failureCode(call)).toBe(`INVALID_ARGUMENT ${reason}`);
  }
  expect(dump(file)).toEqual(before);
});
