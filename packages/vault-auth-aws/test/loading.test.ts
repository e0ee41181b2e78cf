import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const entry = fileURLToPath(new URL("../src/index.ts", import.meta.url));

/** Runs a program and gives the modules of AWS that it has loaded. */
async function loadedBy(program: string): Promise<string[]> {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    ${program}
    console.log(JSON.stringify(loaded.filter((url) => /@aws-|@smithy|aws-method/.test(url))));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]") as string[];
}

test("no module of AWS is loaded while another method is chosen", async () => {
  const loaded = await loadedBy(`
    const { awsAuth } = await import(${JSON.stringify(entry)});
    const { createSecretsManager } = await import("@archestra/secrets-core");
    const { vaultPlugin } = await import("@archestra/secrets-vault");
    const { tokenAuth } = await import("@archestra/vault-auth-token");
    const manager = await createSecretsManager({
      plugins: [vaultPlugin(), tokenAuth(), awsAuth()],
      logger: { warn() {} },
      env: {
        ARCHESTRA_SECRETS_MANAGER: "VAULT",
        ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
        ARCHESTRA_HASHICORP_VAULT_ADDR: "http://127.0.0.1:1",
        ARCHESTRA_HASHICORP_VAULT_TOKEN: "hvs.not-a-real-token",
      },
    });
    await manager.close();
  `);
  expect(loaded).toEqual([]);
});

test("they are loaded when the method is made", async () => {
  const loaded = await loadedBy(`
    const { awsAuth } = await import(${JSON.stringify(entry)});
    const { openStandalone } = await import("@archestra/secrets-core/plugin");
    await openStandalone(awsAuth(), { env: { ARCHESTRA_HASHICORP_VAULT_AWS_ROLE: "application" } });
  `);
  expect(loaded.some((url) => url.includes("@smithy/signature-v4"))).toBe(true);
});
