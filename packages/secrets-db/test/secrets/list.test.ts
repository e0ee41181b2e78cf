import type { ListOptions, SecretsManager } from "@archestra/secrets-core";
import { beforeAll, describe, expect, test } from "vitest";
import { callContext, openBackend } from "../support/open-backend.ts";
import { defaultKey, fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { execute, openRaw } from "../support/raw-database.ts";
import { scratchFile } from "../support/scratch-folder.ts";
import { countReadRows } from "../support/statements.ts";

async function names(manager: SecretsManager, options: ListOptions = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of manager.list(options)) found.push(name);
  return found;
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Rows that `list` reads and no process can decrypt. */
function insertUndecryptable(file: string, listed: readonly string[]): void {
  const database = openRaw(file);
  database.exec("BEGIN");
  const insert = database.prepare(
    "INSERT INTO archestra_secrets (name, value, key_id) VALUES (?, '{}', 'unknown-key')",
  );
  for (const name of listed) insert.run(name);
  database.exec("COMMIT");
  database.close();
}

describe("of more than a thousand secrets", () => {
  const fullwidth = "\uFF21";
  const astral = "\u{1F600}";
  const stems = ["a", "b/", `b/${fullwidth}`, `b/${astral}`, fullwidth, astral, "\u{10000}x", "\uFFFDx", "z"];
  const all = Array.from({ length: 1_300 }, (_, index) => `${stems[index % stems.length]}${index}`).sort(
    byBytes,
  );
  let open: () => Promise<SecretsManager>;

  beforeAll(() => {
    open = async () => {
      const file = scratchFile();
      await makeDatabase(file);
      insertUndecryptable(file, all);
      return openManager(file);
    };
  });

  test("all come in the order of their bytes, which is not JavaScript's", async () => {
    const listed = await names(await open());
    expect(listed).toEqual(all);
    expect(listed).not.toEqual([...all].sort());
  });

  test.each([
    ..."ab",
    "b/",
    `b/${fullwidth}`,
    `b/${astral}`,
    "b/\u{1F600}1",
    fullwidth,
    "nothing",
    "b/\uDBFF\uDFFF",
  ])("the prefix %j selects the names that begin with it", async (prefix) => {
    expect(await names(await open(), { prefix })).toEqual(all.filter((name) => name.startsWith(prefix)));
  });

  test("continuing after a name, in pages of any size, yields each once", async () => {
    const manager = await open();
    for (const limit of [1, 7, 499, 500, 501, 1_299, 1_300, 5_000]) {
      const found: string[] = [];
      const most = limit === 1 ? 40 : all.length;
      while (found.length < most) found.push(...(await names(manager, { after: found.at(-1), limit })));
      expect(found).toEqual(all.slice(0, most));
    }
    expect(await names(manager, { after: all.at(-1) })).toEqual([]);
  });

  test("`after` may name a secret that does not exist, before or behind the prefix", async () => {
    const manager = await open();
    const inB = all.filter((name) => name.startsWith("b/"));
    expect(await names(manager, { after: "b" })).toEqual(all.filter((name) => byBytes(name, "b") > 0));
    expect(await names(manager, { prefix: "b/", after: "a" })).toEqual(inB);
    expect(await names(manager, { prefix: "b/", after: "c" })).toEqual([]);
    expect(await names(manager, { prefix: "b/", after: inB[10] })).toEqual(inB.slice(11));
    expect(await names(manager, { prefix: "b/", after: "b/", limit: 3 })).toEqual(inB.slice(0, 3));
    const inFullwidth = all.filter((name) => name.startsWith(fullwidth));
    expect(await names(manager, { prefix: fullwidth, after: "a" })).toEqual(inFullwidth);
    expect(await names(manager, { prefix: fullwidth, after: astral })).toEqual([]);
    const inAstral = all.filter((name) => name.startsWith(astral));
    expect(await names(manager, { prefix: astral, after: fullwidth })).toEqual(inAstral);
  });

  test("stopping early reads one page and no more", async () => {
    const manager = await open();
    using read = countReadRows();
    for await (const { name } of manager.list()) if (name === all[3]) break;
    expect(read.rows).toBeLessThanOrEqual(500);
  });
});

test("one level of twenty thousand secrets reads a page or two for each folder", async () => {
  const file = scratchFile();
  await makeDatabase(file);
  const folders = ["a/", "b/", "b/b/", "c/"];
  const inFolders = Array.from({ length: 20_000 }, (_, index) => `${folders[index % 4]}${index}`);
  insertUndecryptable(file, ["a", "b-", ...inFolders, "z"]);
  const manager = await openManager(file);
  using read = countReadRows();
  const level = async (options: ListOptions) =>
    Array.fromAsync(manager.list({ ...options, folders: true }), ({ name }) => name);
  expect(await level({})).toEqual(["a", "a/", "b-", "b/", "c/", "z"]);
  expect(await level({ after: "a/" })).toEqual(["b-", "b/", "c/", "z"]);
  expect(await level({ limit: 2 })).toEqual(["a", "a/"]);
  expect((await level({ prefix: "b/" })).slice(-2)).toEqual(["b/9997", "b/b/"]);
  expect(read.rows).toBeLessThan(5_000 + 8 * 1_000);
});

test("reading, checking, writing and deleting one secret of a thousand read a row or two each", async () => {
  const file = scratchFile();
  await makeDatabase(file);
  insertUndecryptable(
    file,
    Array.from({ length: 1_000 }, (_, index) => `other-${index}`),
  );
  const manager = await openManager(file);
  using read = countReadRows();
  await manager.create("one", { a: 1 });
  await manager.set("one", { a: 2 });
  await manager.update("one", (current) => current);
  await manager.get("one");
  await manager.has("one");
  await manager.delete("one");
  await manager.check();
  expect(read.rows).toBeLessThan(20);
});

test("rows that are being created or deleted are not listed", async () => {
  const file = scratchFile();
  const manager = await openManager(file);
  for (const name of ["active", "deleting", "moving", "creating"]) await manager.create(name, { a: 1 });
  execute(file, "UPDATE archestra_secrets SET state = name, transition_id = '1' WHERE name <> 'active'");
  expect(await names(manager)).toEqual(["active", "moving"]);
  expect(await manager.has("creating")).toBe(false);
  expect(await manager.get("deleting")).toBeUndefined();
});

test("writes of another process during a list neither repeat names nor end the list", async () => {
  const file = scratchFile();
  const [one, two] = [await openManager(file), await openManager(file)];
  const before = Array.from({ length: 600 }, (_, index) => `k${String(index).padStart(4, "0")}`);
  insertUndecryptable(file, before);
  const seen: string[] = [];
  for await (const { name } of one.list()) {
    seen.push(name);
    if (name === "k0100") {
      await two.create("k0050-late", { key: defaultKey.length });
      await two.delete("k0550");
    }
  }
  expect(seen).toEqual(before.filter((name) => name !== "k0550"));
});

test("the list of the backend itself skips rows of other managers, and its limit counts only its own secrets", async () => {
  const file = scratchFile();
  await makeDatabase(file);
  insertUndecryptable(file, ["a", "c", "e", "g"]);
  for (const [name, columns] of [
    ["b", "manager = 'VAULT', value = NULL"],
    ["d", "state = 'creating', transition_id = '1'"],
    ["f", "value = NULL"],
  ] as const) {
    insertUndecryptable(file, [name]);
    execute(file, `UPDATE archestra_secrets SET ${columns} WHERE name = ?`, name);
  }
  const { backend } = await openBackend(fileEnvironment(file));
  const own = (range: { readonly after?: string; readonly limit?: number } = {}) =>
    Array.fromAsync(backend.list({ prefix: "", ...range }, callContext()), ({ name }) => name);
  expect(await own()).toEqual(["a", "c", "e", "g"]);
  expect(await own({ limit: 3 })).toEqual(["a", "c", "e"]);
  expect(await own({ after: "a", limit: 2 })).toEqual(["c", "e"]);
});
