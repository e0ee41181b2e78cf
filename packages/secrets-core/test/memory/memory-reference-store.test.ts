import { describe, expect, test } from "vitest";
import { plantedValue } from "../planted.ts";
import { context, memoryBackend } from "../support/memory-backend.ts";

const pending = { manager: "VAULT", state: "pending", operationId: "1" } as const;
const active = { manager: "VAULT", state: "active" } as const;

describe("find", () => {
  test("gives undefined where there is no row", async () => {
    const { references } = await memoryBackend();
    expect(await references.find("a", context)).toBeUndefined();
  });

  test("gives the row with the secret itself when the store owns it", async () => {
    const { references, backend } = await memoryBackend();
    const value = plantedValue();
    const { version } = await backend.write("a", value, { expect: "absent" }, context);

    const found = await references.find("a", context);

    expect(found).toMatchObject({
      name: "a",
      manager: "MEMORY",
      state: "active",
      secret: { name: "a", version, value },
    });
    expect(found).not.toHaveProperty("operationId");
  });

  test("gives the row alone when another manager owns the secret", async () => {
    const { references } = await memoryBackend();
    await references.claim("a", { ...active, path: "secret/data/archestra/a" }, context);

    expect(await references.find("a", context)).toEqual({
      name: "a",
      manager: "VAULT",
      state: "active",
      path: "secret/data/archestra/a",
    });
  });

  test.each(["pending", "deleting"] as const)("gives no secret while the row is %s", async (state) => {
    const { references, backend } = await memoryBackend();
    await backend.write("a", plantedValue(), { expect: "absent" }, context);
    await references.advance("a", undefined, { manager: "MEMORY", state, operationId: "1" }, context);

    expect(await references.find("a", context)).not.toHaveProperty("secret");
  });

  test("gives the secret while it is moving away", async () => {
    const { references, backend } = await memoryBackend();
    const value = plantedValue();
    await backend.write("a", value, { expect: "absent" }, context);
    await references.advance(
      "a",
      undefined,
      { manager: "MEMORY", state: "moving", operationId: "1" },
      context,
    );

    expect((await references.find("a", context))?.secret?.value).toEqual(value);
  });
});

describe("claim", () => {
  test("inserts a row with the operation and when it began", async () => {
    const { references } = await memoryBackend();
    const before = Date.now();

    expect(await references.claim("a", pending, context)).toBe(true);

    const found = await references.find("a", context);
    expect(found).toEqual({ name: "a", ...pending, operationStartedAt: expect.any(Date) });
    expect(found?.operationStartedAt?.getTime()).toBeGreaterThanOrEqual(before);
  });

  test("of a name that has a row changes nothing, whoever owns it", async () => {
    const { references, backend } = await memoryBackend();
    await references.claim("a", pending, context);
    await backend.write("b", plantedValue(), { expect: "absent" }, context);

    for (const name of ["a", "b"]) {
      const row = await references.find(name, context);
      expect(await references.claim(name, { ...pending, operationId: "2" }, context)).toBe(false);
      expect(await references.find(name, context)).toEqual(row);
    }
  });

  test("of two at the same time is won by one", async () => {
    const { references } = await memoryBackend();
    const claims = ["1", "2", "3"].map((operationId) =>
      references.claim("a", { ...pending, operationId }, context),
    );

    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
  });
});

describe("advance", () => {
  test("replaces the row when the operation id is the expected one, and clears what is left out", async () => {
    const { references } = await memoryBackend();
    const source = { manager: "DB", version: "1" };
    await references.claim("a", { ...pending, path: "p", source }, context);

    expect(await references.advance("a", "1", active, context)).toBe(true);

    expect(await references.find("a", context)).toEqual({ name: "a", ...active });
  });

  test("sets what it is given, with a new beginning for a new operation", async () => {
    const { references } = await memoryBackend();
    const source = { manager: "DB", version: "1" };
    await references.claim("a", active, context);
    const change = { manager: "DB", state: "moving", operationId: "2", path: "p", source } as const;

    expect(await references.advance("a", undefined, change, context)).toBe(true);

    expect(await references.find("a", context)).toMatchObject({
      ...change,
      operationStartedAt: expect.any(Date),
    });
  });

  test.each([
    ["another operation id", "a", "2"],
    ["none, while one is under way", "a", undefined],
    ["one, while none is under way", "b", "1"],
    ["a row that does not exist", "c", undefined],
  ])("expecting %s changes nothing", async (_what, name, expected) => {
    const { references } = await memoryBackend();
    await references.claim("a", pending, context);
    await references.claim("b", active, context);
    const row = await references.find(name, context);

    expect(await references.advance(name, expected, { manager: "DB", state: "active" }, context)).toBe(false);

    expect(await references.find(name, context)).toEqual(row);
  });

  test("of two with the same expectation is won by one", async () => {
    const { references } = await memoryBackend();
    await references.claim("a", pending, context);
    const changes = ["2", "3"].map((operationId) =>
      references.advance("a", "1", { ...pending, operationId }, context),
    );

    expect((await Promise.all(changes)).sort()).toEqual([false, true]);
  });

  test("leaves the value and its version alone", async () => {
    const { references, backend } = await memoryBackend();
    await backend.write("a", plantedValue(), { expect: "absent" }, context);
    const before = await backend.get("a", context);

    await references.advance(
      "a",
      undefined,
      { manager: "MEMORY", state: "moving", operationId: "1" },
      context,
    );
    await references.advance("a", "1", { manager: "MEMORY", state: "active" }, context);

    expect(await backend.get("a", context)).toEqual(before);
  });
});

describe("remove", () => {
  test("removes a row whose operation id is the expected one, or which has none", async () => {
    const { references } = await memoryBackend();
    await references.claim("a", pending, context);
    await references.claim("b", active, context);

    expect(await references.remove("a", "1", context)).toBe(true);
    expect(await references.remove("b", undefined, context)).toBe(true);
    expect(await references.remove("a", "1", context)).toBe(false);

    expect(await references.find("a", context)).toBeUndefined();
    expect(await references.find("b", context)).toBeUndefined();
  });

  test.each([
    ["a", "2"],
    ["a", undefined],
    ["b", "1"],
  ])("of %s expecting %s changes nothing", async (name, expected) => {
    const { references } = await memoryBackend();
    await references.claim("a", pending, context);
    await references.claim("b", active, context);

    expect(await references.remove(name, expected, context)).toBe(false);
    expect(await references.find(name, context)).toBeDefined();
  });
});

describe("list and count", () => {
  async function filled() {
    const opened = await memoryBackend();
    await opened.backend.write("own", plantedValue(), { expect: "absent" }, context);
    await opened.references.claim("\u{1f642}", active, context);
    await opened.references.claim("\uff21", pending, context);
    await opened.references.claim("a/1", { ...active, state: "moving", operationId: "1" }, context);
    await opened.references.claim("a/2", { ...active, state: "deleting", operationId: "2" }, context);
    return opened;
  }

  test.each([
    [{ prefix: "" }, ["a/1", "a/2", "own", "\uff21", "\u{1f642}"]],
    [{ prefix: "a/" }, ["a/1", "a/2"]],
    [{ prefix: "", after: "a/1", limit: 2 }, ["a/2", "own"]],
  ])("list rows of every owner and state in the order of the names, within %j", async (range, names) => {
    const { references } = await filled();
    expect(await Array.fromAsync(references.list(range, context), ({ name }) => name)).toEqual(names);
  });

  test("list rows without values", async () => {
    const { references } = await filled();
    const rows = await Array.fromAsync(references.list({ prefix: "own" }, context));
    expect(rows).toEqual([{ name: "own", manager: "MEMORY", state: "active" }]);
  });

  test("count by owner what is active or moving", async () => {
    const { references } = await filled();
    expect(await references.count(context)).toEqual(
      new Map([
        ["MEMORY", 1],
        ["VAULT", 2],
      ]),
    );
  });
});
