import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { describePostgres } from "../support/postgres-database.ts";

describePostgres("the test server", () => {
  test("leaves its starter the exit code by which a runner says that tests failed", () => {
    const server = fileURLToPath(new URL("../../../../tools/test-servers/postgres.ts", import.meta.url));
    const program = `
      const { startPostgres } = await import(${JSON.stringify(server)});
      const server = await startPostgres();
      await server.stop();
      process.exitCode = 3;`;
    const { status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program]);
    expect(status).toBe(3);
  });
});
