import { PGlite } from "@electric-sql/pglite";
import { Kysely, sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { type ArchestraRow, openArchestraTable } from "../../src/index.ts";
import { failureCode } from "../support/failure.ts";
import { encryptV1 } from "../support/imported-rows.ts";
import { pgliteDialect } from "../support/pglite-dialect.ts";

const env = {
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "of this application, 32 characters long",
  ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: "of Archestra, also more than 32 characters",
  // Names the target of an import, and must not be read.
  ARCHESTRA_DATABASE_URL: "sqlite:///nowhere/secrets.db",
  ARCHESTRA_DATABASE_SCHEMA: "elsewhere",
};
const key = env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS;
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

async function createTable() {
  const kysely = new Kysely<object>({ dialect: pgliteDialect(new PGlite()) });
  onTestFinished(() => kysely.destroy());
  await sql`CREATE TABLE secret (
    id uuid PRIMARY KEY, name varchar(256) NOT NULL DEFAULT 'secret', secret jsonb NOT NULL DEFAULT '{}',
    is_vault boolean NOT NULL DEFAULT false, vault_path varchar(512),
    created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now())`.execute(
    kysely,
  );
  return kysely;
}

async function readAll(kysely: Kysely<object>): Promise<ArchestraRow[]> {
  await using table = await openArchestraTable("public.secret", { kysely }, { env });
  return await Array.fromAsync(table.rows());
}

test("openArchestraTable() reads plaintext, v1 envelopes and references, and reports rows that it cannot read", async () => {
  const kysely = await createTable();
  const add = (number: number, secret: string, rest = {}) => {
    const { isVault = false, path = null } = rest as { isVault?: boolean; path?: string };
    return sql`INSERT INTO secret (id, name, secret, is_vault, vault_path, updated_at)
      VALUES (${idOf(number)}, ${`name ${number}`}, ${secret}::jsonb, ${isVault}, ${path}, '2026-01-02 03:04:05.678')`.execute(
      kysely,
    );
  };
  await add(1, JSON.stringify({ token: "plain" }));
  await add(2, encryptV1({ token: "encrypted" }, key));
  await add(3, JSON.stringify({ ...JSON.parse(encryptV1({ token: "beside" }, key)), other: 1 }));
  await add(4, encryptV1({ token: "lost" }, "a key that no process has any more, 32 long"));
  await add(5, JSON.stringify({ __encrypted: "v2:something" }));
  await add(6, '{"n":12345678901234567890}');
  await add(7, "{}", { isVault: true });
  await add(8, "{}", { isVault: true, path: "secret/data/team/key" });
  await add(9, '"a text"');

  const rows = await readAll(kysely);
  expect(rows.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map(idOf));
  expect(rows[0]).toMatchObject({ name: "name 1", updatedAt: new Date("2026-01-02T03:04:05.678Z") });
  expect(
    rows.map(({ content }) =>
      content.kind === "failed"
        ? `${content.error.code} ${content.error.reason}`
        : content.kind === "value"
          ? content.value
          : content,
    ),
  ).toEqual([
    { token: "plain" },
    { token: "encrypted" },
    { token: "beside" },
    "DECRYPTION_FAILED UNDECRYPTABLE",
    "DECRYPTION_FAILED UNSUPPORTED_ENVELOPE",
    "INVALID_VALUE NUMBER_NOT_EXACT",
    { kind: "vault" },
    { kind: "external", path: "secret/data/team/key" },
    "DECRYPTION_FAILED UNSUPPORTED_ENVELOPE",
  ]);
});

test("openArchestraTable() reads every row of many pages once, and a table of an older version", async () => {
  const kysely = await createTable();
  await sql`ALTER TABLE secret DROP COLUMN vault_path, DROP COLUMN is_vault, DROP COLUMN name`.execute(
    kysely,
  );
  await sql`INSERT INTO secret (id, secret) SELECT gen_random_uuid(), jsonb_build_object('n', n) FROM generate_series(1, 450) n`.execute(
    kysely,
  );
  await using table = await openArchestraTable("secret", { kysely }, { env });
  const numbers = new Set<unknown>();
  for await (const { content } of table.rows()) {
    numbers.add(content.kind === "value" ? content.value.n : undefined);
  }
  expect([await table.count(), numbers.size]).toEqual([450, 450]);
});

test("the fingerprint of an Archestra table depends on the value and the key alone", async () => {
  const kysely = await createTable();
  await using table = await openArchestraTable("secret", { kysely }, { env });
  const other = { ...env, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "another secret of more than 32 characters" };
  await using underOther = await openArchestraTable("secret", { kysely }, { env: other });
  const value = { a: 1, b: [{ c: "x", d: null }] };
  expect(table.fingerprint({ b: [{ d: null, c: "x" }], a: 1 })).toBe(table.fingerprint(value));
  expect(table.fingerprint({ ...value, a: 2 })).not.toBe(table.fingerprint(value));
  expect(underOther.fingerprint(value)).not.toBe(table.fingerprint(value));
});

test("openArchestraTable() refuses a missing table, a database that is not PostgreSQL, and no key", async () => {
  const kysely = await createTable();
  expect(await failureCode(openArchestraTable("nothing", { kysely }, { env }))).toMatch(
    /^INVALID_CONFIGURATION/,
  );
  expect(await failureCode(openArchestraTable("secret", { kysely }, { env: {} }))).toMatch(
    /^INVALID_CONFIGURATION/,
  );
  expect(await failureCode(openArchestraTable("secret", { url: "sqlite::memory:" }, { env }))).toMatch(
    /^(UNSUPPORTED|INVALID_CONFIGURATION)/,
  );
});
