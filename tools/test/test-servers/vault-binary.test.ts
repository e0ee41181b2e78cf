import { afterEach, expect, test, vi } from "vitest";
import { obtainOrSkip, TestServerUnavailable } from "../../test-servers/server-unavailable.ts";
import { findVaultBinary } from "../../test-servers/vault-binary.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("a variable that names no Vault is an error with a remedy", async () => {
  vi.stubEnv("VAULT_BINARY", process.execPath);
  const error = await findVaultBinary().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TestServerUnavailable);
  expect((error as TestServerUnavailable).remedy).toBe("Set it to a Vault program, or unset it.");
});

test("what cannot be had is not run on a computer, and fails in CI", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  const fail = async () => {
    throw new TestServerUnavailable("There is none.", "Install it.");
  };
  vi.stubEnv("CI", "");
  expect(await obtainOrSkip("the tests on it", fail)).toBeUndefined();
  expect(printed).toHaveBeenCalledWith("NOT RUN: the tests on it. There is none. Install it.");
  vi.stubEnv("CI", "true");
  await expect(obtainOrSkip("the tests on it", fail)).rejects.toThrow("There is none. Install it.");
});
