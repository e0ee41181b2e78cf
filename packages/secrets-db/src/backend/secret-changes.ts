import { randomUUID } from "node:crypto";
import { SecretsError } from "@archestra/secrets-core";
import {
  type Expectation,
  type SecretValue,
  type StoredInfo,
  secretChanged,
  secretExists,
  secretNotFound,
  secretOfOtherManager,
} from "@archestra/secrets-core/plugin";
import { type Kysely, sql } from "kysely";
import type { EncryptionKey } from "../encryption/encryption-key.ts";
import { sealEnvelope } from "../encryption/envelope-v2.ts";
import { databaseNow } from "../schema/clock.ts";
import type { SecretsSchema } from "../schema/tables.ts";
import { secretPlace } from "./secret-place.ts";
import { MANAGER_ID, parseVersion, rowInfo } from "./secret-row.ts";

type Database = Kysely<SecretsSchema>;

/**
 * Writes a secret. Every change is one statement that names what it expects, so it happens whole or not at all, and a
 * statement that found the database locked can be repeated.
 */
export async function writeSecret(
  db: Database,
  key: EncryptionKey,
  name: string,
  value: SecretValue,
  expect: Expectation,
): Promise<StoredInfo> {
  const json = JSON.stringify(value);
  if (typeof expect === "object") return replaceVersion(db, key, name, json, expect.version);
  for (;;) {
    if (expect === "absent") {
      const created = await insert(db, key, name, json);
      if (created !== undefined) return created;
    }
    const row = await findState(db, name);
    if (row === undefined) {
      if (expect === "present") throw secretNotFound();
      if (expect === "absent") continue;
      const created = await insert(db, key, name, json);
      if (created !== undefined) return created;
    } else {
      assertChangeable(row);
      if (expect === "absent") throw secretExists();
      const replaced = await replace(db, key, name, json, row.id, undefined);
      if (replaced !== undefined) return replaced;
    }
    // Somebody created or deleted it between the two statements: look again.
  }
}

/** Deletes a secret. */
export async function deleteSecret(
  db: Database,
  name: string,
  expect: Extract<Expectation, "any" | object>,
): Promise<boolean> {
  const version =
    typeof expect === "object" ? (parseVersion(expect.version) ?? { id: "", counter: 0 }) : undefined;
  const { numDeletedRows } = await db
    .deleteFrom("archestra_secrets")
    .where("name", "=", name)
    .where("manager", "=", MANAGER_ID)
    .where("state", "=", "active")
    .$if(version !== undefined, (query) =>
      query.where("id", "=", version?.id ?? "").where("version", "=", version?.counter ?? 0),
    )
    .executeTakeFirst();
  if (numDeletedRows > 0n) return true;
  const row = await findState(db, name);
  if (row === undefined || row.manager !== MANAGER_ID) return false;
  assertChangeable(row);
  // Created after the statement ran: at that time there was none.
  if (version === undefined) return false;
  throw secretChanged();
}

async function replaceVersion(
  db: Database,
  key: EncryptionKey,
  name: string,
  json: string,
  expected: string,
): Promise<StoredInfo> {
  const version = parseVersion(expected);
  const replaced =
    version === undefined ? undefined : await replace(db, key, name, json, version.id, version.counter);
  if (replaced !== undefined) return replaced;
  const row = await findState(db, name);
  if (row === undefined) throw secretNotFound();
  assertChangeable(row);
  throw secretChanged();
}

/** Undefined: there is a row of this name. The id is made here, because the envelope is bound to it. */
async function insert(
  db: Database,
  key: EncryptionKey,
  name: string,
  json: string,
): Promise<StoredInfo | undefined> {
  const id = randomUUID();
  const value = sealEnvelope(json, key, secretPlace(id, name));
  const row = await db
    .insertInto("archestra_secrets")
    .values({ id, name, value, key_id: key.id })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .returning(["id", "name", "version", "created_at", "updated_at"])
    .executeTakeFirst();
  return row === undefined ? undefined : rowInfo(row);
}

/** Undefined: the row is not there any more, or not in this version. */
async function replace(
  db: Database,
  key: EncryptionKey,
  name: string,
  json: string,
  id: string,
  counter: number | undefined,
): Promise<StoredInfo | undefined> {
  const value = sealEnvelope(json, key, secretPlace(id, name));
  const row = await db
    .updateTable("archestra_secrets")
    .set({ value, key_id: key.id, version: sql`version + 1`, updated_at: databaseNow })
    .where("id", "=", id)
    .where("name", "=", name)
    .where("manager", "=", MANAGER_ID)
    .where("state", "=", "active")
    .$if(counter !== undefined, (query) => query.where("version", "=", counter ?? 0))
    .returning(["id", "name", "version", "created_at", "updated_at"])
    .executeTakeFirst();
  return row === undefined ? undefined : rowInfo(row);
}

interface RowState {
  readonly id: string;
  readonly manager: string;
  readonly state: string;
}

function findState(db: Database, name: string): Promise<RowState | undefined> {
  return db
    .selectFrom("archestra_secrets")
    .select(["id", "manager", "state"])
    .where("name", "=", name)
    .executeTakeFirst();
}

function assertChangeable({ manager, state }: RowState): void {
  if (manager !== MANAGER_ID) {
    throw secretOfOtherManager(manager);
  }
  if (state !== "active") {
    throw new SecretsError(
      "CONFLICT",
      `The secret is being changed by another process (${state}). Try again.`,
      {
        reason: "IN_TRANSITION",
      },
    );
  }
}
