import { startPostgres } from "@archestra/test-servers/postgres";
import { obtainOrSkip } from "@archestra/test-servers/server-unavailable";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The URL of a PostgreSQL server of this run. Undefined: none can run here, and its tests say so. */
    postgresUrl: string | undefined;
  }
}

/** One server for the whole run; each test makes a database of its own in it. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await obtainOrSkip("the tests on PostgreSQL", () =>
    // No test cuts the power, and what a killed process wrote outlives it without `fsync`.
    startPostgres({ max_connections: "500", fsync: "off", full_page_writes: "off" }),
  );
  project.provide("postgresUrl", server?.url);
  return async () => server?.stop();
}
