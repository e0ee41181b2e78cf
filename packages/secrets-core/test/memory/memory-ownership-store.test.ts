import { expect, test } from "vitest";
import { plantedValue } from "../planted.ts";
import { context, memoryBackend } from "../support/memory-backend.ts";

test("an entry refuses a value when neither its owner nor its copy is the store itself", async () => {
  const { ownership, store } = await memoryBackend();
  await ownership.claim("a", { manager: "OTHER", state: "active" }, context);
  const row = { name: "a", manager: "OTHER", state: "active" } as const;
  const call = ownership.advance(row, { ...row, copy: { manager: "THIRD" }, value: plantedValue() }, context);
  await expect(call).rejects.toThrow(TypeError);
  expect(store.find("a")).toMatchObject({ ...row, value: undefined, version: 1 });
});
