import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { appRoleEnv, vaultEnv } from "../support/open-vault.ts";

const program = fileURLToPath(new URL("../support/program.ts", import.meta.url));

test("a process that does nothing but wait for its start lives until that has ended", async () => {
  const env = vaultEnv("http://127.0.0.1:1", appRoleEnv({ roleId: "role", secretId: "secret" }));
  const run = promisify(execFile)(process.execPath, [program], {
    env: { PATH: process.env.PATH ?? "", ...env },
  });
  // The start goes on without Vault; the write that follows is refused in words, which end the process.
  const { code, stderr } = await run.then(
    () => ({ code: 0, stderr: "" }),
    (error: { code: number; stderr: string }) => error,
  );
  expect(stderr).toContain("UNREACHABLE");
  expect(stderr).not.toContain("unsettled top-level await");
  expect(code).toBe(1);
});
