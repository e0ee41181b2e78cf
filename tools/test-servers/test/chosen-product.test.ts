import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { chosenProduct } from "../vault-product.ts";

beforeEach(() => {
  const cache = mkdtempSync(join(tmpdir(), "archestra-fresh-"));
  for (const name of ["CI", "VAULT_BINARY", "VAULT_PRODUCT", "PATH"]) vi.stubEnv(name, "");
  vi.stubEnv("XDG_CACHE_HOME", cache);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  });
});

test("a machine without a Vault runs the tests on OpenBao, and CI runs them on Vault", async () => {
  expect((await chosenProduct()).title).toBe("OpenBao");
  vi.stubEnv("CI", "true");
  expect((await chosenProduct()).title).toBe("Vault");
});

test("VAULT_PRODUCT chooses the product, and must name one", async () => {
  vi.stubEnv("VAULT_PRODUCT", "vault");
  expect((await chosenProduct()).title).toBe("Vault");
  vi.stubEnv("CI", "true");
  vi.stubEnv("VAULT_PRODUCT", "openbao");
  expect((await chosenProduct()).title).toBe("OpenBao");
  vi.stubEnv("VAULT_PRODUCT", "another");
  await expect(chosenProduct()).rejects.toThrow(
    "VAULT_PRODUCT names no product. Set it to `vault` or `openbao`",
  );
});

test("VAULT_BINARY that names another program is an error, and not a reason to take OpenBao", async () => {
  vi.stubEnv("VAULT_BINARY", process.execPath);
  await expect(chosenProduct()).rejects.toThrow("VAULT_BINARY names a file that cannot run `server`.");
});
