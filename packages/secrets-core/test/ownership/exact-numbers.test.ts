import { describe, expect, test } from "vitest";
import { migrateSecrets } from "../../src/index.ts";
import { assertExactNumbers, type SecretsBackend, type StoredSecret } from "../../src/plugin.ts";
import { TwoStores } from "../support/two-stores.ts";

/** What another program wrote into the store, which keeps texts. */
const texts = {
  exact: '{"number":9007199254740992}',
  rounded: '{"number":9007199254740993}',
};

/** A store of texts, as a KV store of JSON is. */
function textStore(contents: Map<string, string>): Partial<SecretsBackend> {
  const read = (name: string): StoredSecret | undefined => {
    const text = contents.get(name);
    return text === undefined ? undefined : { name, version: text, value: JSON.parse(text) };
  };
  return {
    get: async (name, { exactNumbers }) => {
      if (exactNumbers) assertExactNumbers(contents.get(name) ?? "");
      return read(name);
    },
    has: async (name) => contents.has(name),
    write: async (name, value) => {
      contents.set(name, JSON.stringify(value));
      return { name, version: JSON.stringify(value) };
    },
    list: async function* () {
      for (const name of [...contents.keys()].sort()) yield { name };
    },
  };
}

describe.each([true, false])("a number that would be rounded, with dryRun: %s", (dryRun) => {
  test.each(["OUTER", "MEMORY"] as const)(
    "is refused by name, and its value stays as it is, with %s selected",
    async (selected) => {
      const contents = new Map(Object.entries(texts));
      const stores = new TwoStores({ replaced: textStore(contents) });
      // So that the table knows them, whichever manager is selected afterwards.
      const first = await stores.open("OUTER");
      for (const name of Object.keys(texts)) expect(await first.has(name)).toBe(true);
      const manager = await stores.open(selected);

      const report = await migrateSecrets(manager, { from: "OUTER", to: "MEMORY", dryRun });

      expect(report).toMatchObject({ done: 1, skipped: 0, failed: 1, stopped: false });
      expect(report.failures).toMatchObject([
        {
          name: "rounded",
          error: {
            code: "INVALID_VALUE",
            reason: "NUMBER_NOT_EXACT",
            secretName: "rounded",
            manager: "OUTER",
          },
        },
      ]);
      expect(contents.get("rounded")).toBe(texts.rounded);
      expect(stores.table.find("rounded")).toMatchObject({ manager: "OUTER", state: "active" });
      expect(stores.table.find("rounded")?.copy).toBeUndefined();
      // Ordinary calls go on: the caller gets what JavaScript makes of it.
      expect((await manager.get("rounded"))?.value).toEqual({ number: 9007199254740992 });
    },
  );
});
