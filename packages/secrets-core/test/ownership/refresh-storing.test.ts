import { inspect } from "node:util";
import type { Intercept, Step } from "@archestra/test-harness/intercepted-plugin";
import { showsPlantedText } from "@archestra/test-harness/planted-values";
import { describe, expect, test } from "vitest";
import { SecretsError, type SecretsErrorCode, unstoredValue } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { TokenIssuer } from "../support/token-issuer.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

const owners = ["MEMORY", "OUTER"] as const;
/** The deadline of calls that fail until it. */
const TIMEOUT = 3_000;

/** What happens to an attempt to store the new value. */
type Fault = (attempt: number, run: () => Promise<unknown>) => Promise<unknown>;

/** A process with an expired secret `a`, of which attempts to store a new value fail. */
async function failing(owner: ManagerId, fault: Fault, timeout = 30_000) {
  const issuer = new TokenIssuer();
  const stores = new TwoStores();
  await (await stores.open(owner)).create("a", issuer.first);
  issuer.expire();
  const attempts: Step[] = [];
  const intercept: Intercept = (step, run) => {
    if (!storesNewValue(step, issuer)) return run();
    attempts.push(step);
    return fault(attempts.length, run);
  };
  const logger = recordedLogger();
  const manager = await stores.open(owner, { intercept, timeout, logger });
  const other = await stores.open(owner);
  return { issuer, stores, manager, other, attempts, logger };
}

/** The fence writes the present value, and is not meant. */
function storesNewValue({ method, args }: Step, issuer: TokenIssuer): boolean {
  const value = method === "write" ? args[1] : (args[1] as { value?: unknown } | undefined)?.value;
  const isWrite = method === "write" || method === "ownership.advance";
  return (
    isWrite &&
    value !== undefined &&
    (value as { generation?: number }).generation !== issuer.first.generation
  );
}

const down = (code: SecretsErrorCode = "UNAVAILABLE") => new SecretsError(code, "The store is down.");

describe.each(owners)("storing the new value of a secret of %s", (owner) => {
  test.each<SecretsErrorCode>([
    "UNAVAILABLE",
    "RATE_LIMITED",
    "INTERNAL",
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
    "OUTCOME_UNKNOWN",
  ])("is repeated after %s, without another run of the function", async (code) => {
    const { manager, other, issuer, attempts } = await failing(owner, (attempt, run) =>
      attempt < 4 ? Promise.reject(down(code)) : run(),
    );
    expect((await manager.refresh("a", issuer.options())).value).toEqual(issuer.latest);
    expect((await other.get("a"))?.value).toEqual(issuer.latest);
    expect(issuer.presented).toEqual([0]);
    expect(attempts).toHaveLength(4);
  });

  test("that was carried out and whose answer was lost is recognized, and not repeated over a later value", async () => {
    const later = { generation: 7, token: "of a login" };
    const { manager, other, issuer } = await failing(owner, async (attempt, run) => {
      const result = await run();
      if (attempt === 1) throw down("OUTCOME_UNKNOWN");
      return result;
    });
    const { value, version } = await manager.refresh("a", issuer.options());
    expect(value).toEqual(issuer.latest);
    expect((await other.get("a"))?.version).toBe(version);
    await other.set("a", later);
    expect((await manager.get("a"))?.value).toEqual(later);
  });

  test("that fails until the deadline hands the value over, not stored", async () => {
    const { manager, other, issuer, attempts, stores } = await failing(
      owner,
      () => Promise.reject(down()),
      TIMEOUT,
    );
    const error = await failure(manager.refresh("a", issuer.options()));

    expect(error).toMatchObject({
      code: "UNAVAILABLE",
      reason: "REFRESH_NOT_STORED",
      retryable: false,
      operation: "refresh",
      secretName: "a",
      manager: owner,
    });
    expect(unstoredValue(error)).toEqual(issuer.latest);
    expect(error.message).toContain("A new value was obtained and not stored");
    expect((await other.get("a"))?.value).toEqual(issuer.first);
    expect(attempts.length).toBeGreaterThan(2);
    await expect.poll(() => stores.table.find("a")?.state).toBe("active");
  });

  test("that fails hands the value over to every caller of the process", async () => {
    const { manager, issuer } = await failing(owner, () => Promise.reject(down()), TIMEOUT);
    const calls = [1, 2, 3].map(() => failure(manager.refresh("a", issuer.options())));
    for (const error of await Promise.all(calls)) expect(unstoredValue(error)).toEqual(issuer.latest);
  });

  test("after it failed, set() stores the value at once, and the process does not present the old one", async () => {
    const { manager, other, issuer } = await failing(owner, () => Promise.reject(down()), TIMEOUT);
    const error = await failure(manager.refresh("a", issuer.options()));
    expect(await failure(manager.refresh("a", issuer.options()))).toMatchObject({ reason: "REFRESH_PAUSED" });
    const startedAt = performance.now();
    await other.set("a", unstoredValue(error) as object);
    // The lease would have ended after half a minute.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect((await manager.refresh("a", issuer.options())).value).toEqual(issuer.latest);
    expect(issuer.presented).toEqual([0]);
  });

  test("whose outcome stays unknown hands the value over with OUTCOME_UNKNOWN", async () => {
    const { manager, issuer } = await failing(owner, () => Promise.reject(down("OUTCOME_UNKNOWN")), TIMEOUT);
    const error = await failure(manager.refresh("a", issuer.options()));
    expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", retryable: false });
    expect(unstoredValue(error)).toEqual(issuer.latest);
    expect(error.message).toContain("it is unknown whether it was stored");
  });

  test("at a store that never answers, and ignores signals, hands the value over before the deadline", async () => {
    const { manager, issuer } = await failing(owner, () => new Promise(() => {}), TIMEOUT);
    const error = await failure(manager.refresh("a", issuer.options()));
    expect(error.code).toBe("OUTCOME_UNKNOWN");
    expect(unstoredValue(error)).toEqual(issuer.latest);
  });

  test("that the store refuses for good is not repeated", async () => {
    const { manager, issuer, attempts } = await failing(owner, () =>
      Promise.reject(down("INVALID_ARGUMENT")),
    );
    const error = await failure(manager.refresh("a", issuer.options()));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", retryable: false });
    expect(unstoredValue(error)).toEqual(issuer.latest);
    expect(attempts).toHaveLength(1);
  });

  test.each<[what: string, returned: unknown]>([
    ["undefined", undefined],
    ["a text", "PLANTED-b71f3c"],
    ["a list", ["PLANTED-b71f3c"]],
    ["an object with a function", { token: "PLANTED-b71f3c", f: () => 0 }],
    ["an object that contains itself", circular()],
    ["a Response without its body", new Response("PLANTED-b71f3c")],
  ])("is refused when the function returned %s, which is handed over", async (_what, returned) => {
    const { manager, other, issuer, attempts, stores } = await failing(owner, (_attempt, run) => run());
    const error = await failure(
      manager.refresh("a", {
        isFresh: () => false,
        refresh: () => Promise.resolve({ returned }).then((r) => r.returned),
      }),
    );
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", operation: "refresh", secretName: "a" });
    expect(unstoredValue(error)).toBe(returned);
    expect(attempts).toEqual([]);
    expect((await other.get("a"))?.value).toEqual(issuer.first);
    await expect.poll(() => stores.table.find("a")?.state).toBe("active");
  });

  test("late, and in vain, warns once without the value", async () => {
    const { manager, issuer, logger } = await failing(owner, () => Promise.reject(down()), 1_000);
    const held = issuer.hold();
    expect((await failure(manager.refresh("a", issuer.options()))).code).toBe("OUTCOME_UNKNOWN");
    held.release();
    await expect.poll(() => logger.warnings, { timeout: 60_000 }).toHaveLength(1);
    expect(logger.warnings[0]?.fields).toEqual({
      code: "ARCHESTRA_SECRETS_REFRESH_NOT_STORED",
      name: "a",
      manager: owner,
    });
    expect(showsPlantedText(logger.warnings)).toBe(false);
  });
});

function circular(): object {
  const value: Record<string, unknown> = { token: "PLANTED-b71f3c" };
  value.self = value;
  return value;
}

describe("the error that hands over a value", () => {
  async function handedOver(): Promise<{ error: SecretsError; issuer: TokenIssuer }> {
    const { manager, issuer } = await failing("MEMORY", () => Promise.reject(down("INVALID_ARGUMENT")));
    return { error: await failure(manager.refresh("a", issuer.options())), issuer };
  }

  test("shows it nowhere: not printed, not as JSON, not in its properties, not cloned, not as a cause", async () => {
    const { error, issuer } = await handedOver();
    expect(unstoredValue(error)).toEqual(issuer.latest);
    expect(showsPlantedText(error)).toBe(false);
    expect(showsPlantedText(new Error("It failed.", { cause: error }))).toBe(false);
    expect(showsPlantedText(new SecretsError("INTERNAL", "It failed.", { cause: error }))).toBe(false);
    expect(showsPlantedText(new AggregateError([error]))).toBe(false);
    expect(showsPlantedText(inspect(error, { showHidden: true, customInspect: false, getters: true }))).toBe(
      false,
    );
    const clone: unknown = structuredClone(error);
    expect(showsPlantedText(clone)).toBe(false);
    expect(unstoredValue(clone)).toBeUndefined();
    expect(unstoredValue({ ...error })).toBeUndefined();
    expect(unstoredValue(new Error("It failed.", { cause: error }))).toBeUndefined();
  });

  test("is an error of this package, whose name and message say what to do", async () => {
    const { error } = await handedOver();
    expect(error).toBeInstanceOf(SecretsError);
    expect(error.name).toBe("UnstoredValueError");
    expect(error.message).toMatch(/^refresh: .*`unstoredValue\(error\)` returns it\. Store it with `set`/);
  });

  test.each([undefined, null, 1, "text", {}, new Error("x"), Object.create(null), () => 0])(
    "unstoredValue() of %s is undefined",
    (thing) => {
      expect(unstoredValue(thing)).toBeUndefined();
    },
  );
});
