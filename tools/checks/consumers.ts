import { obtainOrSkip } from "@archestra/test-servers/server-unavailable";
import { startVault } from "@archestra/test-servers/vault-server";
import { consumers } from "./consumers/consumer.ts";
import { packPackages } from "./consumers/packed-packages.ts";
import { followReadme, type NodeVersion } from "./consumers/readme-path.ts";
import { type ConsumerPlace, runConsumer, type VaultEnvironment } from "./consumers/run-consumer.ts";
import { CommandFailed } from "./custom-backend/command.ts";
import { type Problem, report } from "./problem.ts";
import { openWorkFolder } from "./work-folder.ts";

/**
 * Checks that applications of many kinds work with the packages as they are published: each is installed from tarballs in
 * an empty folder, built and run.
 *
 * Usage: node tools/checks/consumers.ts [--all | names …], where a name is `readme` or a folder of `examples/consumers/`.
 * Without either: those that are quick.
 */
const names = process.argv.slice(2);
const isAll = names.includes("--all");
const known = ["readme", ...consumers.map(({ name }) => name)];
const unknown = names.filter((name) => name !== "--all" && !known.includes(name));
if (unknown.length > 0) throw new Error(`There is no ${unknown.join(", ")}. There are: ${known.join(", ")}`);

const isChosen = (name: string, isQuick: boolean) =>
  isAll || (names.length === 0 ? isQuick : names.includes(name));
const chosen = consumers.filter(({ name, isQuick }) => isChosen(name, isQuick));
/** The Node that runs this, and unless only quick ones are asked for, the lowest and the highest, too. */
const nodes: readonly NodeVersion[] = names.length > 0 ? ["22.18.0", undefined, "26"] : [undefined];

const work = openWorkFolder("consumers");
const workFolder = work.path;
const problems: Problem[] = [];
try {
  const packages = packPackages(workFolder);
  if (isChosen("readme", true)) {
    for (const node of nodes)
      for (const manager of ["npm", "pnpm"] as const)
        await attempt(() => followReadme({ manager, node, packages, workFolder }));
  }
  const needsVault = chosen.some(({ runs }) => runs.some(({ store }) => store === "VAULT"));
  const vault = needsVault ? await obtainOrSkip("applications on Vault", openVault) : undefined;
  try {
    const place: ConsumerPlace = { workFolder, packages, vault: vault?.environment };
    // One after the other, so that what is printed stays readable and a busy machine ends in time.
    for (const consumer of chosen) await attempt(() => runConsumer(consumer, place));
  } finally {
    await vault?.stop();
  }
} finally {
  work.remove();
}
report("Applications with the packages as published", problems);

async function openVault(): Promise<{ readonly environment: VaultEnvironment; stop(): Promise<void> }> {
  const vault = await startVault();
  await vault.mountKv("secret", 2);
  const environment = {
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
    ARCHESTRA_HASHICORP_VAULT_TOKEN: vault.rootToken,
  };
  return { environment, stop: () => vault.stop() };
}

async function attempt(check: () => Promise<unknown>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    problems.push({
      where: "An application as a stranger builds it",
      what: error.message,
      todo: "Correct the packages, or examples/consumers/ together with docs/guide/works-with.md.",
    });
  }
}
