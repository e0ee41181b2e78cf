import { migrateSecrets, type SecretsManager } from "@archestra/secrets-core";
import { expect } from "vitest";
import type { DatabaseAndVault, ManagerId } from "./database-and-vault.ts";

type Row = Readonly<Record<string, string | number | null>>;

/** Of each owner, and moved either way with the copy left behind. */
export const secretNames = [
  "db-plain",
  "db-other",
  "vault-plain",
  "vault-other",
  "moved-to-db",
  "moved-to-vault",
] as const;

export function valueNamed(name: string): { secret: string } {
  return { secret: name };
}

/** Secrets of both managers, whose rows are edited and mended again. */
export class EditedScene {
  readonly places: DatabaseAndVault;
  readonly managers: Readonly<Record<ManagerId, SecretsManager>>;
  #rows: readonly Row[] = [];

  static async open(places: DatabaseAndVault): Promise<EditedScene> {
    return new EditedScene(places, { DB: await places.open("DB"), VAULT: await places.open("VAULT") });
  }

  private constructor(places: DatabaseAndVault, managers: Readonly<Record<ManagerId, SecretsManager>>) {
    this.places = places;
    this.managers = managers;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.managers).map((manager) => manager.close()));
    await this.places.database.remove();
  }

  /** Creates the secrets again. */
  async fill(): Promise<void> {
    await this.places.clear();
    for (const name of secretNames) {
      const first = name.startsWith("db") || name === "moved-to-vault" ? "DB" : "VAULT";
      await this.managers[first].create(name, valueNamed(name));
    }
    for (const to of ["DB", "VAULT"] as const) {
      const report = await migrateSecrets(this.managers.DB, { to, prefix: `moved-to-${to.toLowerCase()}` });
      expect(report).toMatchObject({ done: 1, failed: 0 });
    }
    this.#rows = await this.#read();
  }

  /** Runs statements, and gives what undoes them: it puts back what they changed, and only that. */
  async edit(statements: readonly string[]): Promise<() => Promise<void>> {
    for (const statement of statements) await this.places.database.query(statement);
    const edited = new Map((await this.#read()).map((row) => [row.id, row]));
    return async () => {
      const known = this.#rows.map(({ id }) => `'${id}'`);
      // What was adopted meanwhile would be in the way of a name that comes back.
      await this.places.database.query(`DELETE FROM archestra_secrets WHERE id NOT IN (${known})`);
      await this.places.database.query("UPDATE archestra_secrets SET name = id");
      for (const row of this.#rows) {
        const changed = Object.keys(row).filter(
          (column) => column === "name" || row[column] !== edited.get(row.id as string)?.[column],
        );
        await this.places.database.query(
          `UPDATE archestra_secrets SET ${changed.map((column, index) => `${column} = $${index + 1}`)} WHERE id = '${row.id}'`,
          ...changed.map((column) => row[column] ?? null),
        );
      }
    };
  }

  /** Which of these names do not read as they should, by a process with either manager selected. */
  async wronglyRead(names: readonly string[]): Promise<string[]> {
    const wrong: string[] = [];
    for (const [selected, manager] of Object.entries(this.managers)) {
      for (const [name, result] of await manager.getMany(names)) {
        const read = result.status === "found" ? result.secret.value : result.status;
        if (JSON.stringify(read) === JSON.stringify(valueNamed(name))) continue;
        wrong.push(`${name} with ${selected} selected: ${JSON.stringify(read)}`);
      }
    }
    return wrong;
  }

  #read(): Promise<Row[]> {
    return this.places.database.query<Row>("SELECT * FROM archestra_secrets");
  }
}
