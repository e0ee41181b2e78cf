import { afterEach, expect, test, vi } from "vitest";
import { findKubernetesBinary } from "../kubernetes-binary.ts";
import { findMoto } from "../moto-program.ts";
import { findOpenBaoBinary } from "../openbao-binary.ts";
import { findRedisBinary } from "../redis-binary.ts";
import { obtainOrSkip, TestServerUnavailable } from "../server-unavailable.ts";
import { findVaultBinary } from "../vault-binary.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test.each([
  ["VAULT_BINARY", findVaultBinary, "Set it to a Vault program, or unset it."],
  ["OPENBAO_BINARY", findOpenBaoBinary, "Set it to the program `bao`, or unset it."],
  ["REDIS_BINARY", findRedisBinary, "Set it to a `redis-server` or `valkey-server`, or unset it."],
  [
    "KUBE_APISERVER_BINARY",
    findKubernetesBinary,
    "Set it to a build of tools/test-servers/kube, or unset it.",
  ],
  ["MOTO_SERVER", findMoto, "Set it to the `moto_server` of moto, or unset it."],
])("%s that names another program is an error with a remedy", async (variable, find, remedy) => {
  vi.stubEnv(variable, process.execPath);
  const error = await find().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TestServerUnavailable);
  expect((error as TestServerUnavailable).remedy).toBe(remedy);
});

test("a machine without Python is reported", async () => {
  vi.stubEnv("PYTHON", "/nowhere/python3");
  await expect(findMoto()).rejects.toThrow("`/nowhere/python3` is no Python with its venv module. Install");
});

test("tests whose server cannot be obtained are skipped on a computer, and fail in CI", async () => {
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
