import type { SecretsBackend } from "@archestra/secrets-core/plugin";
import {
  expectEqual,
  expectThat,
  fail,
  outcomeOf,
  show,
  showOutcome,
} from "../../expectation/expectation.ts";
import { NotDeclared } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { longNames, nameTables } from "../names-of-cases.ts";

const DISTINCT = 'SecretsBackend.path: "No two names have the same path"';
const STABLE =
  'SecretsBackend.path: "Every client of the store returns the same path for a name, always. It sends nothing"';
const PLACE =
  'SecretsBackend.path: "It contains everything by which the settings decide which secret a name means"';

const ordinaryNames: readonly string[] = Object.values(nameTables).flat();

/** Cases of the paths that the ownership table records. */
export const pathCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "path: different names have different paths",
    contract: DISTINCT,
    async run(fixture) {
      const pathOf = await openPath(fixture);
      const nameOfPath = new Map<string, string>();
      for (const name of new Set([...ordinaryNames, ...(await keptNames(pathOf))])) {
        const path = pathOf(name);
        expectThat(typeof path === "string" && path !== "", "`path` to return a text", show(path));
        const other = nameOfPath.get(path);
        if (other !== undefined) fail(`${show(name)} and ${show(other)} to have different paths`, show(path));
        nameOfPath.set(path, name);
      }
    },
  },
  {
    name: "path: every client returns the same path for a name, also while the store is unavailable",
    contract: STABLE,
    async run(fixture) {
      const { manager } = await fixture.openWith({ token: { token: "1" } });
      const pathOf = await openPath(fixture);
      const expected = ordinaryNames.map(pathOf);
      const otherPathOf = await openPath(fixture);
      expectEqual(ordinaryNames.map(otherPathOf), expected, "the paths of another client");
      await manager.set("token", { token: "2" });
      await manager.delete("token");
      expectEqual(ordinaryNames.map(pathOf), expected, "the paths after changes of the secret");
      if (!fixture.canArrange("unavailable")) return;
      const lift = await fixture.arrangeLasting("unavailable");
      const outcome = await outcomeOf(async () => ordinaryNames.map(pathOf));
      await lift();
      if (outcome.failed) fail("`path` to send nothing", showOutcome(outcome));
      expectEqual(outcome.result, expected, "the paths while the store was unavailable");
    },
  },
  {
    name: "path: the same name has different paths in two stores",
    contract: PLACE,
    async run(fixture) {
      const pathOf = await openPath(fixture);
      fixture.needsDistinctPaths();
      const otherPathOf = await openPath(await fixture.openStore());
      const [path, otherPath] = [pathOf("token"), otherPathOf("token")];
      const expected =
        "the same name to have different paths in two stores of the harness, unless it states `distinctPaths`";
      expectThat(path !== otherPath, expected, `both have ${show(path)}`);
    },
  },
];

/** Opens a client, and returns its `path`. Ends the case if it has none. */
async function openPath(fixture: BackendFixture): Promise<NonNullable<SecretsBackend["path"]>> {
  const { backend } = await fixture.open();
  if (backend.path === undefined) throw new NotDeclared("the backend has no `path`");
  return (name) => backend.path?.(name) ?? "";
}

/** The long names that the backend has a path for: it may reject a long segment. */
async function keptNames(pathOf: (name: string) => string): Promise<string[]> {
  const paths = await Promise.all(longNames.map((name) => outcomeOf(async () => pathOf(name))));
  return longNames.filter((_, index) => paths[index]?.failed === false);
}
