import type { Changeset, ReleaseKind } from "../checks/changeset-rules.ts";
import { corePackage, type Manifest } from "../checks/workspace.ts";
import type { Application } from "./application.ts";
import type { ScratchWorkspace } from "./scratch-workspace.ts";

const db = "@archestra/secrets-db";
const program = "@archestra/secrets-cli";
const newPlugin = "@archestra/secrets-new-plugin";

/** One release that this repository can have, and what it has to be. */
export interface Scenario {
  readonly title: string;
  /** What precedes the changeset. Absent: nothing. */
  prepare?(workspace: ScratchWorkspace): Promise<void>;
  /** What the changeset names. */
  changeset(packages: Packages): Changeset;
  /** All packages of the release, with the kind of each. Absent: those that the changeset names. */
  plan?(packages: Packages): Readonly<Record<string, ReleaseKind>>;
  /** What an application does that has the packages of the release before. Absent: this release is not published. */
  upgrade?(application: Application, versions: Readonly<Record<string, string>>): Promise<void>;
}

type Packages = ReadonlyMap<string, Manifest>;

/** In this order: each begins with the packages that the one before released. */
export const scenarios: readonly Scenario[] = [
  {
    title: "A patch of db releases db, and the program that contains its code",
    changeset: () => ({ [db]: "patch", [program]: "patch" }),
    async upgrade(application, versions) {
      await application.update();
      await application.assertVersions(only(versions, db));
    },
  },
  {
    title: "A minor release of core releases core alone, and majors nothing",
    changeset: () => ({ [corePackage]: "minor" }),
    async upgrade(application, versions) {
      await application.update();
      await application.assertVersions(versions);
    },
  },
  {
    title: "A new plugin is released alone, and works with the released core",
    prepare: (workspace) => workspace.addPackage(newPlugin, "secrets-db"),
    changeset: () => ({ [newPlugin]: "major" }),
    async upgrade(application, versions) {
      await application.add(newPlugin);
      await application.assertVersions(versions);
    },
  },
  {
    title: "A major release of core alone would be a patch of every plugin, which is why a check refuses it",
    changeset: () => ({ [corePackage]: "major" }),
    plan: (packages) => ({ ...kinds(dependents(packages), "patch"), [corePackage]: "major" }),
  },
  {
    title: "A major release of the contract releases core and every package that builds on it as a major",
    changeset: (packages) => kinds([corePackage, ...dependents(packages)], "major"),
    async upgrade(application, versions) {
      await application.assertRefused(`${corePackage}@latest`, `${db}@<${versions[db]}`);
      await application.add(...[corePackage, db, newPlugin].map((name) => `${name}@latest`));
      await application.assertVersions(only(versions, corePackage, db, newPlugin));
    },
  },
];

/** The packages that build on core. */
function dependents(packages: Packages): string[] {
  return [...packages.values()]
    .filter(({ dependencies, peerDependencies }) => corePackage in { ...dependencies, ...peerDependencies })
    .map(({ name }) => name);
}

function kinds(names: readonly string[], kind: ReleaseKind): Record<string, ReleaseKind> {
  return Object.fromEntries(names.map((name) => [name, kind]));
}

function only(versions: Readonly<Record<string, string>>, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(versions).filter(([name]) => names.includes(name)));
}
