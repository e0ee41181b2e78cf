import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres-database.ts";

describePostgres("the test server", () => {
  test("preserves the exit code by which a test runner reports failed tests", () => {
    const program = `
      const { startPostgres } = await import("@archestra/test-servers/postgres");
      const server = await startPostgres();
      await server.stop();
      process.exitCode = 3;`;
    const { status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: import.meta.dirname,
    });
    expect(status).toBe(3);
  });
});
