import { afterEach, expect, test, vi } from "vitest";
import { SuspendedProcess } from "../support/suspended-process.ts";
import { TwoStores } from "../support/two-stores.ts";

afterEach(() => vi.restoreAllMocks());

test.each(["MEMORY", "OUTER"] as const)(
  "a write of a secret of %s waits for as long as its move takes, and not only for the time of a creation",
  async (owner) => {
    const stores = new TwoStores();
    await (await stores.open(owner)).create("a", { token: "a" });
    const row = stores.table.find("a");
    if (row === undefined) throw new Error("There is no row.");
    stores.table.replace(row, { state: "moving", transitionId: "theirs", transitionStartedAt: new Date() });
    const waiting = new SuspendedProcess();
    const manager = await stores.open(owner, { intercept: waiting.intercept });

    const clock = performance.now.bind(performance);
    let ahead = 0;
    vi.spyOn(performance, "now").mockImplementation(() => clock() + ahead);
    const suspended = waiting.suspendAt(({ method }) => method === "ownership.find");
    const setting = manager.set("a", { token: "b" });
    await suspended;
    ahead = 10_000;
    // It sees once more that the secret is being moved.
    await waiting.resume();
    stores.table.replace(row, { state: "active" });
    await setting;
    expect((await manager.get("a"))?.value).toEqual({ token: "b" });
  },
);
