import { afterEach, expect, test, vi } from "vitest";
import { describeVault, vaultOfTest } from "../../../../tools/test-servers/vault-tests.ts";
import { loginsOf } from "../support/logins.ts";
import { appRoleEnv, openVault, prepareAppRole, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LONGEST_TIMER = 2 ** 31 - 1;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/*
 * The clocks are faked and Vault is real: it does not see the time pass, and renews a token of 768 hours to 768 hours, as
 * after two thirds of them it would.
 */
describeVault("the clocks", () => {
  test("run for 768 hours: one timer at a time, none of a millisecond, one renewal in each lap", async () => {
    const { server, manager } = await openAt("768h");
    const delays: number[] = [];
    const fakeSetTimeout = globalThis.setTimeout;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((
      run: () => void,
      delay = 0,
      ...parameters: []
    ) => {
      delays.push(delay);
      return fakeSetTimeout(run, delay, ...parameters);
    }) as typeof setTimeout);
    // A renewal arms the first timer that is counted.
    await passDays(22);
    await settled(async () => (await renewals(server)) === 1);
    expect(await renewals(server)).toBe(1);
    delays.length = 0;
    await passDays(22);
    await settled(async () => (await renewals(server)) === 2);
    const armed = delays.filter((delay) => delay > 60_000);
    expect(armed.length).toBeGreaterThan(0);
    expect(armed.length).toBeLessThan(6);
    expect(Math.max(...delays)).toBeLessThanOrEqual(LONGEST_TIMER);
    expect(delays.filter((delay) => delay <= 1)).toEqual([]);
    expect(await loginsOf(server)).toHaveLength(1);
    vi.useRealTimers();
    await manager.get("a");
  });

  test("the machine sleeps past the token's end: the first call logs in", async () => {
    const { server, manager } = await openAt("1h");
    // While it sleeps the wall clock goes on and the monotonic one may stand still.
    vi.setSystemTime(Date.now() + 2 * HOUR);
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    expect(await loginsOf(server)).toHaveLength(2);
  });

  test("the wall clock is set forward by an hour: at most one login too many", async () => {
    const { server, manager } = await openAt("768h");
    vi.setSystemTime(Date.now() + HOUR);
    await Promise.all(Array.from({ length: 50 }, () => manager.get("a")));
    expect(await loginsOf(server)).toHaveLength(1);
    await manager.close();
    const short = await openAt("30m");
    vi.setSystemTime(Date.now() + HOUR);
    await Promise.all(Array.from({ length: 50 }, () => short.manager.get("a")));
    expect(await loginsOf(short.server)).toHaveLength(2);
  });

  test("the wall clock is set back by an hour: the token lives as long as it did", async () => {
    const { server, manager } = await openAt("30m");
    vi.setSystemTime(Date.now() - HOUR);
    await Promise.all(Array.from({ length: 50 }, () => manager.get("a")));
    expect(await loginsOf(server)).toHaveLength(1);
    expect(await renewals(server)).toBe(0);
    // It dies by the clock that never jumps.
    await vi.advanceTimersByTimeAsync(HOUR);
    await settled(async () => (await loginsOf(server)).length === 2);
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });
});

async function openAt(tokenTtl: string) {
  const server = await vaultOfTest({ audit: true });
  const role = await prepareAppRole(server, { tokenTtl });
  vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"] });
  const env = vaultEnv(server.address, appRoleEnv(role));
  // A clock that was set forward for the test before is ahead of Vault's.
  const manager = await openVault(env, { logger: recordedLogger() });
  await manager.create("a", { token: "1" });
  return { server, manager };
}

async function renewals(server: Awaited<ReturnType<typeof vaultOfTest>>): Promise<number> {
  return (await server.auditedRequests()).filter(({ path }) => path === "auth/token/renew-self").length;
}

/** Lets time pass in steps, so that each timer of a chain is armed at its own time. */
async function passDays(days: number): Promise<void> {
  for (let day = 0; day < days; day++) await vi.advanceTimersByTimeAsync(DAY);
}

/** Waits for what happens on the network, whose time is not faked. */
async function settled(holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 2_000 && !(await holds()); round++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
