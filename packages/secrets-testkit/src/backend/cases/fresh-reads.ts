import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { namesOf } from "../many-secrets.ts";

/** Cases of a client that answers again after another one has changed the store. */
export const freshReadCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "has, list and the count of check immediately follow creations and deletions of another client",
    contract:
      'CallContext.latest: "`has` always decides"; SecretsBackend.list: "A list that begins after a change has ended shows it"',
    async run(fixture) {
      fixture.needsFreshReads();
      const { manager, backend } = await fixture.openWith({ kept: { token: "1" } });
      const { manager: other } = await fixture.open();
      const expectPresent = async (isPresent: boolean, when: string) => {
        expectEqual(await manager.has("a"), isPresent, `\`has\` ${when}`);
        const expected = isPresent ? ["a", "kept"] : ["kept"];
        if (backend.capabilities.list) expectEqual(await namesOf(manager), expected, `the list ${when}`);
        const { count } = await manager.check({ count: true });
        const isRight = count === undefined || count === expected.length;
        expectThat(isRight, `\`check\` to count ${expected.length} ${when}`, show(count));
      };
      await expectPresent(false, "before the creation");
      for (const round of ["first", "second"]) {
        await other.create("a", { token: round });
        await expectPresent(true, `after the ${round} creation by another client`);
        await other.delete("a");
        await expectPresent(false, `after the ${round} deletion by another client`);
      }
    },
  },
];
