import type { TestProject } from "vitest/node";
import { type PostgresServer, startPostgres } from "../../../../tools/test-servers/postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The URL of a PostgreSQL server of this run. Undefined: none can run here, and its tests say so. */
    postgresUrl: string | undefined;
  }
}

/** One server for the whole run; each test makes a database of its own in it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let server: PostgresServer | undefined;
  try {
    server = await startPostgres({ max_connections: "500" });
  } catch (error) {
    if (process.env.CI) throw error;
    console.error(`NOT RUN: the tests on PostgreSQL. ${String(error)}`);
  }
  project.provide("postgresUrl", server?.url);
  return async () => server?.stop();
}
