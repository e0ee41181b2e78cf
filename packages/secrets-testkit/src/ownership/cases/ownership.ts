import { isSecretsError } from "@archestra/secrets-core";
import { transitionStates } from "@archestra/secrets-core/ownership";
import type { DeleteExpectation, Expectation } from "@archestra/secrets-core/plugin";
import type { BackendFixture } from "../../backend/backend-fixture.ts";
import {
  expectEqual,
  expectThat,
  fail,
  outcomeOf,
  show,
  showOutcome,
} from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import {
  active,
  advanceRow,
  creating,
  type OpenOwnership,
  OTHER,
  openOwnership,
  readOf,
  rowOf,
} from "../open-ownership.ts";

const value = Object.freeze({ token: "1" });

export const ownershipCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a secret of another manager is absent to the backend's own calls",
    contract: "SecretsBackend.get, has, list, check: only secrets that this backend owns",
    async run(fixture) {
      const { ownership, backend, context } = await openOwnership(fixture);
      await ownership.claim("a", active, context);
      expectEqual(await backend.get("a", context), undefined, "`get`");
      if (backend.has !== undefined) expectEqual(await backend.has("a", context), false, "`has`");
      const listed = await Array.fromAsync(backend.list({ prefix: "" }, context), ({ name }) => name);
      expectEqual(listed, [], "the backend's own list");
      const { count } = await backend.check({ count: true }, context);
      expectThat(count === undefined || count === 0, "the count 0, or none", show(count));
    },
  },
  {
    name: "a write of a secret of another manager is ALREADY_EXISTS with the reason OTHER_MANAGER",
    contract: "secretOfOtherManager: ALREADY_EXISTS, reason OTHER_MANAGER",
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context } = opened;
      await ownership.claim("a", active, context);
      const before = await rowOf(opened, "a");
      for (const expect of ["absent", "any", "present"] as const) {
        const write = () => backend.write("a", value, { expect }, context);
        await expectReason(
          `\`write\` with \`expect: "${expect}"\``,
          write,
          "ALREADY_EXISTS",
          "OTHER_MANAGER",
        );
      }
      expectEqual(await rowOf(opened, "a"), before, "the row after it");
    },
  },
  {
    name: "a deletion of a secret of another manager is false and leaves the row",
    contract: 'SecretsBackend.delete: "whether there was a secret"',
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context } = opened;
      await ownership.claim("a", creating, context);
      const before = await rowOf(opened, "a");
      expectEqual(await backend.delete("a", { expect: "any" }, context), false, "`delete`");
      expectEqual(await rowOf(opened, "a"), before, "the row after it");
    },
  },
  ...transitionStates.map(
    (state): ConformanceCase<BackendFixture> => ({
      name: `a write or a deletion of a secret of its own that is ${state} is CONFLICT with the reason IN_TRANSITION`,
      contract: "secretInTransition: CONFLICT, reason IN_TRANSITION",
      async run(fixture) {
        const opened = await openOwnership(fixture);
        const { backend, context, own } = opened;
        const { version } = await backend.write("a", value, { expect: "absent" }, context);
        await advanceRow(opened, "a", { manager: own, state, transitionId: "1" });
        const before = await readOf(opened, "a");
        for (const expect of writeExpectations(opened, version)) {
          const write = () => backend.write("a", Object.freeze({ token: "2" }), { expect }, context);
          await expectReason(`\`write\` that expects ${show(expect)}`, write, "CONFLICT", "IN_TRANSITION");
        }
        for (const expect of deleteExpectations(opened, version)) {
          const remove = () => backend.delete("a", { expect }, context);
          await expectReason(`\`delete\` that expects ${show(expect)}`, remove, "CONFLICT", "IN_TRANSITION");
        }
        expectEqual(await readOf(opened, "a"), before, "the row after it");
        await advanceRow(opened, "a", { manager: own, state: "active" });
        expectEqual((await readOf(opened, "a"))?.secret?.value, value, "the secret when the change is over");
      },
    }),
  ),
  {
    name: "a deletion of a secret that another manager holds a copy of is CONFLICT with the reason HAS_COPY",
    contract: "secretCopied: CONFLICT, reason HAS_COPY",
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { backend, context, own } = opened;
      const { version } = await backend.write("a", value, { expect: "absent" }, context);
      await advanceRow(opened, "a", { manager: own, state: "active", copy: { manager: OTHER } });
      const before = await readOf(opened, "a");
      for (const expect of deleteExpectations(opened, version)) {
        const remove = () => backend.delete("a", { expect }, context);
        await expectReason(`\`delete\` that expects ${show(expect)}`, remove, "CONFLICT", "HAS_COPY");
      }
      expectEqual(await readOf(opened, "a"), before, "the row after it");
    },
  },
  {
    name: "a write of a secret with a copy at another manager succeeds, and keeps the copy in the row",
    contract: "SecretsBackend.write: a copy at another manager prevents only a deletion",
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { backend, context, own } = opened;
      await backend.write("a", value, { expect: "absent" }, context);
      await advanceRow(opened, "a", {
        manager: own,
        state: "active",
        copy: { manager: OTHER, version: "7" },
      });
      const before = await rowOf(opened, "a");
      await backend.write("a", Object.freeze({ token: "2" }), { expect: "present" }, context);
      expectEqual(await rowOf(opened, "a"), before, "the row after it");
      expectEqual((await backend.get("a", context))?.value, { token: "2" }, "the secret after it");
    },
  },
  {
    name: "a deleted secret leaves no row",
    contract: "SecretsBackend.delete: one row holds the owner and the value",
    async run(fixture) {
      const { ownership, backend, context } = await openOwnership(fixture);
      await backend.write("a", value, { expect: "absent" }, context);
      await backend.delete("a", { expect: "any" }, context);
      expectEqual(await ownership.find("a", context), undefined, "`find` after the deletion");
    },
  },
];

/** What a deletion can expect of a secret with this version, as far as the backend takes versions. */
function deleteExpectations({ backend }: OpenOwnership, version: string | undefined): DeleteExpectation[] {
  const { conditionalWrites } = backend.capabilities;
  return conditionalWrites && version !== undefined ? ["any", { version }] : ["any"];
}

function writeExpectations(opened: OpenOwnership, version: string | undefined): Expectation[] {
  return ["absent", "present", ...deleteExpectations(opened, version)];
}

async function expectReason(
  what: string,
  call: () => Promise<unknown>,
  code: "ALREADY_EXISTS" | "CONFLICT",
  reason: string,
): Promise<void> {
  const outcome = await outcomeOf(call);
  if (outcome.failed && isSecretsError(outcome.error, code)) {
    expectEqual(outcome.error.reason, reason, `the reason of ${what}`);
    return;
  }
  fail(`${what} to fail with ${code}`, showOutcome(outcome));
}
