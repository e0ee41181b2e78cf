import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cachedProgram, type ProgramWay, slowProgram } from "../cached-program.ts";

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "archestra-cache-"));
  vi.stubEnv("XDG_CACHE_HOME", cache);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(cache, { recursive: true });
});

const find = (...ways: readonly ProgramWay[]) =>
  cachedProgram({ title: "Server 1", folder: "server-1", name: "server", ways, remedy: "Install Server." });
const makes: ProgramWay = { what: "building", make: (unfinished) => writeFile(unfinished, "server") };
const fails: ProgramWay = {
  what: "downloading",
  make: async (unfinished) => {
    await writeFile(unfinished, "half of it");
    throw new Error("The network is gone.");
  },
};

test("a program is obtained in the first way that works, and only once", async () => {
  const make = vi.fn(makes.make);
  const elsewhere: ProgramWay = { what: "never", works: async () => false, make };
  const [file, same] = await Promise.all([find(elsewhere, fails, { ...makes, make }), find(makes)]);
  expect(file).toBe(join(cache, "archestra-secrets", "test-servers", "server-1", "server"));
  expect(await readFile(file, "utf8")).toBe("server");
  expect(same).toBe(file);
  expect(await find(fails)).toBe(file);
  expect(await readdir(dirname(file))).toEqual(["server"]);
});

test("if no way works, the error has the reasons and a remedy, and no file is left", async () => {
  const error = (await find(fails).catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toBe("There is no Server 1 on this machine. Install Server.");
  expect((error.cause as AggregateError).errors).toEqual([new Error("The network is gone.")]);
  expect(await readdir(join(cache, "archestra-secrets", "test-servers", "server-1"))).toEqual([]);
});

test("a program that takes minutes is obtained in CI or on request, and found wherever it is cached", async () => {
  const make = vi.fn(makes.make);
  const slow = (options: { obtain?: boolean } = {}) =>
    slowProgram(
      {
        title: "Server 1",
        folder: "server-1",
        name: "server",
        ways: [{ what: "building", make }],
        remedy: "",
      },
      options,
    );
  vi.stubEnv("CI", "");
  await expect(slow()).rejects.toThrow(/There is no Server 1 in .*Run `npx --yes pnpm@12 test-servers`/);
  expect(make).not.toHaveBeenCalled();
  await slow({ obtain: true });
  expect(await readFile(await slow(), "utf8")).toBe("server");
  await rm(await slow());
  vi.stubEnv("CI", "true");
  await slow();
  expect(make).toHaveBeenCalledTimes(2);
});
