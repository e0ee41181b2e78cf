import {
  type DialectAdapter,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  SqliteAdapter,
  SqliteDialect,
} from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { postgresDialect } from "../postgres/dialect.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import { sqliteDialect } from "../sqlite/dialect.ts";

/** Every dialect, with the parts of Kysely that belong to it. */
const dialects = {
  sqlite: {
    dialect: sqliteDialect,
    adapterName: "SqliteAdapter",
    Adapter: SqliteAdapter,
    unconnected: () => new SqliteDialect({ database: refuseToConnect }),
  },
  postgres: {
    dialect: postgresDialect,
    adapterName: "PostgresAdapter",
    Adapter: PostgresAdapter,
    unconnected: () => new PostgresDialect({ pool: refuseToConnect }),
  },
} as const satisfies Record<Dialect["name"], object>;

async function refuseToConnect(): Promise<never> {
  throw new Error("This instance of Kysely only builds statements.");
}

/**
 * The dialect of an adapter. One that extends an adapter of Kysely, as PGlite's does, counts as that one. Compared by the
 * class, since a bundler may have shortened its name; and by the name, since the application may hold another copy of Kysely
 * than this package.
 *
 * @returns undefined when the dialect is not supported
 */
export function dialectOf(adapter: DialectAdapter): Dialect | undefined {
  return Object.values(dialects).find(
    ({ Adapter, adapterName }) => adapter instanceof Adapter || extendsClass(adapter, adapterName),
  )?.dialect;
}

/** The dialect of a name, and an instance of Kysely that builds statements for it and runs none. */
export function unconnected(name: Dialect["name"]) {
  const { dialect, unconnected } = dialects[name];
  return { dialect, db: new Kysely<SecretsSchema>({ dialect: unconnected() }) };
}

function extendsClass(object: object, name: string): boolean {
  let prototype = Object.getPrototypeOf(object);
  while (prototype !== null && prototype.constructor.name !== name)
    prototype = Object.getPrototypeOf(prototype);
  return prototype !== null;
}
