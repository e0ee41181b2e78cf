import { rmSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { CommandFailed, run } from "../custom-backend/command.ts";
import { changeManifest, copyPackage, install } from "../custom-backend/plugin-project.ts";
import { readManifest, root } from "../workspace.ts";
import type { CellPlace } from "./cell.ts";
import type { Consumer, ConsumerRun } from "./consumer.ts";
import { specifiersOf } from "./package-manager.ts";

/** The variables that select Vault. */
export type VaultEnvironment = Readonly<Record<string, string>>;

/**
 * Installs a consumer in an empty folder, builds it and runs it.
 *
 * @throws CommandFailed when a command fails, or a run does not print what is expected
 */
export async function runConsumer(
  { name, variantOf, manager, runs }: Consumer,
  { workFolder, packages, vault }: CellPlace,
): Promise<void> {
  const place = { folder: join(workFolder, name), workFolder };
  copyPackage(join(root, "examples/consumers", variantOf?.name ?? name), place.folder);
  changeManifest(place.folder, (manifest) => {
    for (const field of ["dependencies", "devDependencies"]) {
      useVersions((manifest[field] ?? {}) as Record<string, string>, variantOf?.versions ?? {});
      useVersions((manifest[field] ?? {}) as Record<string, string>, specifiersOf(packages));
    }
  });
  await install({ manager, ...place });
  if (readManifest(place.folder).scripts?.build !== undefined) {
    await run(manager, ["run", "build"], { ...place, env: { NEXT_TELEMETRY_DISABLED: "1" } });
  }
  for (const consumerRun of runs) {
    if (consumerRun.store === "VAULT" && vault === undefined) continue;
    await start(consumerRun);
  }
  // Some are large. The one that fails stays until the check ends.
  rmSync(place.folder, { recursive: true });

  async function start({ script, store, prints }: ConsumerRun): Promise<void> {
    const env = {
      ARCHESTRA_AUTH_SECRET: "only-for-this-check-0123456789-0123456789",
      ARCHESTRA_DATABASE_URL: `sqlite:${join(place.folder, "secrets.db")}`,
      NEXT_TELEMETRY_DISABLED: "1",
      ...(store === "VAULT" ? vault : {}),
    };
    const printed = stripVTControlCharacters(await run(manager, ["run", script], { ...place, env }));
    if (prints.test(printed)) return;
    throw new CommandFailed(
      `${name}: ${manager} run ${script} on ${store} did not print ${prints}\n${printed}`,
    );
  }
}

/** Changes the ranges of those that are depended upon. */
function useVersions(dependencies: Record<string, string>, versions: Readonly<Record<string, string>>): void {
  for (const [name, version] of Object.entries(versions)) {
    if (name in dependencies) dependencies[name] = version;
  }
}
