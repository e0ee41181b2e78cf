import { expectEqual, expectThat } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";

const NOW =
  'SecretsBackend.check: "It asks the store at each call: a state that it remembers is not the state"';

const faults: readonly Fault[] = ["unavailable", "permission-denied", "unauthenticated"];

/** Cases of a client that was healthy just before a fault. */
export const changingHealthCases: readonly ConformanceCase<BackendFixture>[] = faults.map(checkFollows);

function checkFollows(fault: Fault): ConformanceCase<BackendFixture> {
  return {
    name: `${fault}: check of a client that was healthy reports the fault, and its end`,
    contract: NOW,
    async run(fixture) {
      fixture.needsFault(fault);
      const { manager } = await fixture.openWith({ a: { token: "1" } });
      expectEqual((await manager.check()).status, "healthy", "the status before the fault");
      const lift = await fixture.arrangeLasting(fault);
      const { status } = await manager.check();
      await lift();
      // A repeated request may succeed.
      if (!lift.allowsSuccess) expectThat(status !== "healthy", "another status during the fault", status);
      expectEqual((await manager.get("a"))?.value, { token: "1" }, "what the client reads after the fault");
      expectEqual((await manager.check()).status, "healthy", "the status after the fault");
    },
  };
}
