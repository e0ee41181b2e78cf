import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import type {} from "@archestra/test-servers/postgres-global-setup";
import { inject, onTestFinished } from "vitest";

/** What the tests need of `pg`, which has no types of its own. */
interface PostgresClient {
  connect(): Promise<void>;
  query(statement: string): Promise<unknown>;
  end(): Promise<void>;
}

const pg = createRequire(import.meta.url)("pg") as {
  readonly Client: new (options: { readonly connectionString: string }) => PostgresClient;
};

const serverUrl = () => inject("postgresUrl") ?? "";

/** Runs statements, one after another. */
export async function queryPostgres(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** An empty database of this test alone. @returns its URL */
export async function newPostgresDatabase(prefix: string): Promise<string> {
  const name = `${prefix}_${randomUUID().replaceAll("-", "")}`;
  await queryPostgres(serverUrl(), `CREATE DATABASE ${name}`);
  onTestFinished(() => queryPostgres(serverUrl(), `DROP DATABASE ${name} WITH (FORCE)`));
  return serverUrl().replace(/\/postgres$/, `/${name}`);
}

/** A role that can log in and has no other permission. */
export async function newPostgresRole(url: string): Promise<{ role: string; roleUrl: string }> {
  const role = `role_${randomUUID().replaceAll("-", "")}`;
  await queryPostgres(url, `CREATE ROLE ${role} LOGIN PASSWORD 'planted-password'`);
  onTestFinished(() => queryPostgres(url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`).catch(() => {}));
  const roleUrl = new URL(url);
  roleUrl.username = role;
  roleUrl.password = "planted-password";
  return { role, roleUrl: roleUrl.href };
}
