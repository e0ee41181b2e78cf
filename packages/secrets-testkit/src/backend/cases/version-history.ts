import type { SecretRevision } from "@archestra/secrets-core";
import { isSecretsError } from "@archestra/secrets-core";
import type { SecretsBackend } from "@archestra/secrets-core/plugin";
import {
  expectEqual,
  expectFailure,
  expectThat,
  outcomeOf,
  show,
  showOutcome,
} from "../../expectation/expectation.ts";
import { NotDeclared } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";

const HISTORY =
  'SecretsBackend.history: "Returns the versions of a secret that the store keeps or has a record of, the newest first"';
const NO_RECORD =
  'SecretsBackend.history: "Empty: there is no secret of this name, and no record of one", which is proven like every absence';
const NO_VALUE = 'SecretsBackend.history: "It reads no value"';
const FRESH = 'SecretsBackend.history: "A history that begins after a change has ended shows it"';
const OPTIONAL = "SecretsBackend.history: optional; without it, `SecretsManager.history` is UNSUPPORTED";

const PLANTED = "planted-in-an-old-version";
/** Names that lead to one place if one of them is decoded, cut or taken for a prefix. */
const neighbors = ["a", "a/b", "a%2Fb", "A"];

/** The faults of a store that must not be taken for a secret without a record, with the codes that callers receive. */
const faults = { unavailable: "UNAVAILABLE", "permission-denied": "PERMISSION_DENIED" } as const;

/** Cases of the optional `history`. */
export const versionHistoryCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "history: versions are listed once each, the newest first, which is the one that get returns",
    contract: HISTORY,
    async run(fixture) {
      const { manager } = await openWithHistory(fixture);
      const written = [(await manager.create("a", { token: "0" })).version];
      for (const token of ["1", "2", "3"]) written.unshift((await manager.set("a", { token })).version);
      const revisions = await manager.history("a");
      // A store may keep fewer versions than were written.
      const versions = revisions.map(({ version }) => version);
      expectThat(versions.length > 0, "`history` to list the current version", "nothing");
      expectEqual(versions, written.slice(0, versions.length), "the versions that `history` lists");
      const [newest] = revisions;
      expectEqual(newest?.state, "present", "the state of the current version");
      const current = await manager.get("a");
      if (newest?.createdAt === undefined || current?.updatedAt === undefined) return;
      expectEqual(newest.createdAt, current.updatedAt, "the time of the current version");
    },
  },
  {
    name: "history: a name that was never written has no versions",
    contract: NO_RECORD,
    async run(fixture) {
      const { manager } = await openWithHistory(fixture);
      await manager.create("a/b", { token: "1" });
      for (const name of ["none", "a", "a/b/c"]) {
        expectEqual(await manager.history(name), [], `the history of ${show(name)}`);
      }
    },
  },
  {
    name: "history: a deleted secret has no present version, and a new one of its name has one",
    contract: HISTORY,
    async run(fixture) {
      const { manager } = await openWithHistory(fixture);
      const isPresent = ({ state }: SecretRevision) => state === "present";
      for (const life of ["first", "second"]) {
        await manager.create("a", { token: life });
        const { version } = await manager.set("a", { token: `${life}, changed` });
        const [newest] = await manager.history("a");
        const came = { version: newest?.version, state: newest?.state };
        expectEqual(came, { version, state: "present" }, `the newest version of the ${life} secret`);
        await manager.delete("a");
        const left = (await manager.history("a")).filter(isPresent);
        expectEqual(left, [], `the present versions after the ${life} deletion`);
      }
    },
  },
  {
    name: "history: no version holds its value",
    contract: NO_VALUE,
    async run(fixture) {
      const { manager, backend, history } = await openWithHistory(fixture);
      await manager.create("a", { token: PLANTED });
      await manager.set("a", { token: `${PLANTED}, changed` });
      const text = show(await history.call(backend, "a", fixture.context()));
      expectThat(!text.includes(PLANTED), "versions without their values", "a value among them");
    },
  },
  {
    name: "history: every client lists a version as soon as its write has ended",
    contract: FRESH,
    async run(fixture) {
      const { manager } = await openWithHistory(fixture);
      const { manager: other } = await fixture.open();
      expectEqual(await manager.history("a"), [], "the history before the creation");
      const created = await other.create("a", { token: "1" });
      const newestOf = async () => (await manager.history("a"))[0]?.version;
      expectEqual(await newestOf(), created.version, "the newest version after a creation by another client");
      const written = await other.set("a", { token: "2" });
      expectEqual(await newestOf(), written.version, "the newest version after a write by another client");
    },
  },
  {
    name: "history: each name has versions of its own",
    contract: HISTORY,
    async run(fixture) {
      const { manager } = await openWithHistory(fixture);
      const versions = new Map<string, string | undefined>();
      for (const [index, name] of neighbors.entries()) {
        for (let count = 0; count < index; count++) await manager.set(name, { count });
        versions.set(name, (await manager.set(name, { token: name })).version);
      }
      for (const name of neighbors) {
        const [newest] = await manager.history(name);
        expectEqual(newest?.version, versions.get(name), `the newest version of ${show(name)}`);
      }
    },
  },
  ...(Object.keys(faults) as (keyof typeof faults)[]).map(failing),
  {
    name: "history works exactly when the backend has it, and is UNSUPPORTED otherwise",
    contract: OPTIONAL,
    async run(fixture) {
      const { backend, manager } = await fixture.openWith({ a: { token: "1" } });
      if (backend.history === undefined) {
        await expectFailure("the manager's `history`", () => manager.history("a"), "UNSUPPORTED");
        return;
      }
      const { versions } = backend.capabilities;
      expectThat(versions, "`versions` to be declared by a backend with `history`", show(versions));
      expectThat((await manager.history("a")).length > 0, "`history` to list a version", "nothing");
    },
  },
];

function failing(fault: keyof typeof faults): ConformanceCase<BackendFixture> {
  const code = faults[fault];
  return {
    name: `history: ${fault} is ${code}, and never an empty list`,
    contract: NO_RECORD,
    async run(fixture) {
      fixture.needsFault(fault);
      const { manager } = await openWithHistory(fixture);
      const { version } = await manager.create("a", { token: "1" });
      const lift = await fixture.arrange(fault);
      const outcome = await outcomeOf(() => manager.history("a"));
      await lift();
      // After a fault of one request, a repeated one may succeed.
      const isRight = outcome.failed
        ? isSecretsError(outcome.error, code)
        : lift.allowsSuccess && outcome.result[0]?.version === version;
      expectThat(isRight, `\`history\` to fail with ${code}`, showOutcome(outcome));
    },
  };
}

/** Opens a client. Ends the case if the backend has no `history`. */
async function openWithHistory(
  fixture: BackendFixture,
): Promise<BackendClient & { readonly history: NonNullable<SecretsBackend["history"]> }> {
  const client = await fixture.open();
  const { history } = client.backend;
  if (history === undefined) throw new NotDeclared("the backend has no `history`");
  return { ...client, history };
}
