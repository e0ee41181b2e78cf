import { migrateSecrets } from "@archestra/secrets-core";
import { MemoryStore } from "@archestra/secrets-core/memory";
import { expect, test } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { describeEachDatabase } from "../support/each-database.ts";
import { externalPlugin } from "../support/external-plugin.ts";
import { startManager } from "../support/open-manager.ts";

const imported = {
  "large-integer": '{"id":9007199254740993}',
  "many-digits": '{"pi":[3.14159265358979323846]}',
  "too-large": '{"nested":{"number":1e400}}',
  exact: '{"numbers":[9007199254740991,0.1,1.50,1e21,-0],"text":"9007199254740993"}',
};

describeEachDatabase("Imported numbers with more digits than JavaScript holds", (create) => {
  test.each(["DB", "OTHER"])(
    "are refused by a move, dry run included, with %s selected",
    async (selected) => {
      const database = await create();
      await (await startManager(database.environment())).close();
      for (const [name, value] of Object.entries(imported)) {
        await database.query("INSERT INTO archestra_secrets (name, value) VALUES ($1, $2)", name, value);
      }
      const other = new MemoryStore();
      const plugins = [externalPlugin(other), dbPlugin()];
      const manager = await startManager(database.environment(), { plugins, manager: "DB" });
      await manager.close();
      const mover = await startManager(database.environment(), { plugins, manager: selected });
      const stored = () => database.query("SELECT name, manager, value FROM archestra_secrets ORDER BY name");
      const before = await stored();
      const refused = { code: "INVALID_VALUE", reason: "NUMBER_NOT_EXACT", manager: "DB" };

      for (const dryRun of [true, false]) {
        const report = await migrateSecrets(mover, { from: "DB", to: "OTHER", dryRun });

        expect(report).toMatchObject({ done: 1, failed: 3, stopped: false });
        expect(report.failures.toSorted((one, two) => (one.name < two.name ? -1 : 1))).toMatchObject([
          { name: "large-integer", error: refused },
          { name: "many-digits", error: refused },
          { name: "too-large", error: refused },
        ]);
        if (dryRun) expect(await stored()).toEqual(before);
      }

      expect(other.rows.map(({ name, value }) => [name, JSON.stringify(value)])).toEqual([
        ["exact", '{"numbers":[9007199254740991,0.1,1.5,1e+21,0],"text":"9007199254740993"}'],
      ]);
      const isRefused = (row: unknown) => (row as { name: string }).name !== "exact";
      expect((await stored()).filter(isRefused)).toEqual(before.filter(isRefused));
    },
  );
});
