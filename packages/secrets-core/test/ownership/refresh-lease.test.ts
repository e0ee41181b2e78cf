import { expect, test } from "vitest";
import type { Intercept, Step } from "@archestra/test-harness/intercepted-plugin";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const isFresh = ({ token }: { readonly token?: unknown }) => token !== "old";

test("refresh() renews a lease whose third is not a whole number of milliseconds", async () => {
  let renewals = 0;
  const renewed = Promise.withResolvers<void>();
  const intercept: Intercept = async (step, run) => {
    const result = await run();
    if (isRenewal(step) && result === true && ++renewals === 2) renewed.resolve();
    return result;
  };
  const secrets = await new TwoStores().open("MEMORY", { intercept });
  await secrets.create("a", { token: "old" });
  const refreshed = await secrets.refresh("a", {
    lease: 1_000,
    isFresh,
    refresh: async () => {
      await renewed.promise;
      return { token: "new" };
    },
  });
  expect(refreshed.value).toEqual({ token: "new" });
});

test("refresh() aborts its function with REFRESH_OVERTAKEN as the reason when another process has taken over", async () => {
  const stores = new TwoStores();
  const overtaken = Promise.withResolvers<void>();
  const secrets = await stores.open("MEMORY", {
    // It is suspended, so it does not renew its lease.
    intercept: async (step, run) => {
      if (isRenewal(step)) await overtaken.promise;
      return run();
    },
  });
  await secrets.create("a", { token: "old" });
  const started = Promise.withResolvers<void>();
  const suspended = failure(
    secrets.refresh("a", {
      isFresh,
      lease: 1_000,
      refresh: (_value, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          started.resolve();
        }),
    }),
  );
  await started.promise;
  stores.age();
  const successor = await stores.open("MEMORY");
  await successor.refresh("a", { isFresh, refresh: () => ({ token: "successor" }) });
  overtaken.resolve();
  expect(await suspended).toMatchObject({ code: "CONFLICT", reason: "REFRESH_OVERTAKEN" });
  expect((await secrets.get("a"))?.value).toEqual({ token: "successor" });
});

function isRenewal({ method, args }: Step): boolean {
  const [before, after] = args as { readonly state?: string }[];
  return method === "ownership.advance" && before?.state === "refreshing" && after?.state === "refreshing";
}
