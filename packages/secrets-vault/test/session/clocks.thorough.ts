import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { afterEach, expect, test, vi } from "vitest";
import { loginsOf } from "../support/logins.ts";
import {
  applicationPolicy,
  appRoleEnv,
  openVault,
  prepareAppRole,
  tokenEnv,
  vaultEnv,
} from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const HOUR = 3_600_000;
/** What a call does between two requests takes less, in turns of the event loop. */
const QUIET_TURNS = 20;
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
  // Two thirds of the latter are more than the longest timer of Node.
  test.each([768, 2_400])(
    "run for %i hours: no timer is longer than Node allows, and each lifetime has one renewal",
    async (hours) => {
      const { server, manager } = await openAt(`${hours}h`);
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
      await passTimers(async () => (await renewals(server)) === 1);
      delays.length = 0;
      const renewedAt = Date.now();
      await passTimers(async () => (await renewals(server)) === 2);
      const lap = Date.now() - renewedAt;
      expect(lap).toBeGreaterThan(hours * HOUR * 0.55);
      expect(lap).toBeLessThan(hours * HOUR * 0.7);
      expect(delays.filter((delay) => delay > HOUR).length).toBeLessThan(8);
      expect(Math.max(...delays)).toBeLessThanOrEqual(LONGEST_TIMER);
      expect(delays.filter((delay) => delay <= 1)).toEqual([]);
      expect(await loginsOf(server)).toHaveLength(1);
      vi.useRealTimers();
      await manager.get("a");
    },
  );

  test("the machine sleeps past the token's end: the first call logs in", async () => {
    const { server, manager } = await openAt("1h");
    // While it sleeps the wall clock goes on and the monotonic one may stop.
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
    // It is renewed by the clock that never jumps.
    const startedAt = performance.now();
    await passTimers(async () => (await renewals(server)) === 1);
    expect(performance.now() - startedAt).toBeLessThan(HOUR / 3 + 60_000);
  });

  // Node's timers count whole milliseconds of a clock of their own, so that one can fire a fraction before its time.
  test.each([0.1, 0.3, 0.5, 0.7, 0.9])(
    "advance by %d ms from one read to the next: a timer that fires too early does not postpone a renewal",
    async (step) => {
      const server = await vaultOfTest({ audit: true });
      await server.mountKv("secret", 2);
      await server.putPolicy("application", applicationPolicy);
      const { token } = await server.createToken({ policies: ["application"], ttl: "1h" });
      vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"] });
      vi.spyOn(Math, "random").mockReturnValue(0);
      const startedAt = performance.now();
      await openVault(vaultEnv(server.address, tokenEnv(token)), { logger: recordedLogger() });
      let looks = 0;
      const clock = performance.now.bind(performance);
      vi.spyOn(performance, "now").mockImplementation(() => clock() + step * looks++ - 1);
      await passTimers(async () => {
        if (clock() < startedAt + (HOUR * 2) / 3 - 10) looks = 0;
        return (await renewals(server)) === 1;
      });
      expect(clock() - startedAt).toBeLessThan((HOUR * 2) / 3 + 1_000);
    },
  );
});

async function openAt(tokenTtl: string) {
  const server = await vaultOfTest({ audit: true, settings: { max_lease_ttl: "4000h" } });
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

/** Lets one timer after the other fire, and the network, whose time is not faked, answer in between. */
async function passTimers(holds: () => Promise<boolean>): Promise<void> {
  using requests = new RequestsInProgress();
  for (let timer = 0; timer < 500; timer++) {
    await vi.advanceTimersToNextTimerAsync();
    await requests.ended();
    if (await holds()) return;
  }
  throw new Error("500 timers fired in vain.");
}

/** How many requests undici has in progress in this process. */
class RequestsInProgress {
  #count = 0;
  readonly #begin = () => void this.#count++;
  readonly #end = () => void this.#count--;

  constructor() {
    subscribe("undici:request:create", this.#begin);
    subscribe("undici:request:trailers", this.#end);
    subscribe("undici:request:error", this.#end);
  }

  /** Settles when all have ended, and what they led to has begun none. */
  async ended(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.#count > 0 ? 0 : quiet + 1)
      await new Promise((resolve) => setImmediate(resolve));
  }

  [Symbol.dispose](): void {
    unsubscribe("undici:request:create", this.#begin);
    unsubscribe("undici:request:trailers", this.#end);
    unsubscribe("undici:request:error", this.#end);
  }
}
