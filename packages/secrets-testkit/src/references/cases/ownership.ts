import { isSecretsError } from "@archestra/secrets-core";
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
import { active, openReferences, pending } from "../open-references.ts";

export const ownershipCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a secret of another manager is absent to the backend's own calls",
    contract: "SecretsBackend.get, has, list, check: only secrets that this backend owns",
    async run(fixture) {
      const { references, backend, context } = await openReferences(fixture);
      await references.claim("a", active, context);
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
      const { references, backend, context } = await openReferences(fixture);
      await references.claim("a", active, context);
      const before = await references.find("a", context);
      for (const expect of ["absent", "any", "present"] as const) {
        const write = () => backend.write("a", Object.freeze({ token: "1" }), { expect }, context);
        const outcome = await outcomeOf(write);
        const isRight = outcome.failed && isSecretsError(outcome.error, "ALREADY_EXISTS");
        if (!isRight)
          fail(`\`write\` with \`expect: "${expect}"\` to fail with ALREADY_EXISTS`, showOutcome(outcome));
        expectEqual((outcome.error as { reason?: string }).reason, "OTHER_MANAGER", "the reason");
      }
      expectEqual(await references.find("a", context), before, "the row after it");
    },
  },
  {
    name: "a deletion of a secret of another manager is false and leaves the row",
    contract: 'SecretsBackend.delete: "whether there was one"',
    async run(fixture) {
      const { references, backend, context } = await openReferences(fixture);
      await references.claim("a", pending, context);
      const before = await references.find("a", context);
      expectEqual(await backend.delete("a", { expect: "any" }, context), false, "`delete`");
      expectEqual(await references.find("a", context), before, "the row after it");
    },
  },
  {
    name: "a change of the row leaves the value and its version alone",
    contract: "ReferenceStore.advance: changes the row, not the secret",
    async run(fixture) {
      const { references, backend, context, own } = await openReferences(fixture);
      await backend.write("a", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      const before = await backend.get("a", context);
      await references.advance("a", undefined, { manager: own, state: "moving", operationId: "1" }, context);
      await references.advance("a", "1", { manager: own, state: "active" }, context);
      expectEqual(await backend.get("a", context), before, "the secret after it");
    },
  },
  {
    name: "a deleted secret leaves no row",
    contract: "SecretsBackend.delete: one row holds the owner and the value",
    async run(fixture) {
      const { references, backend, context } = await openReferences(fixture);
      await backend.write("a", Object.freeze({ token: "1" }), { expect: "absent" }, context);
      await backend.delete("a", { expect: "any" }, context);
      expectEqual(await references.find("a", context), undefined, "`find` after the deletion");
    },
  },
];
