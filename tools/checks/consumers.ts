import { obtainOrSkip } from "@archestra/test-servers/server-unavailable";
import { startVault } from "@archestra/test-servers/vault-server";
import type { Cell, CellPlace } from "./consumers/cell.ts";
import { cells } from "./consumers/cells.ts";
import { packPackages } from "./consumers/packed-packages.ts";
import type { VaultEnvironment } from "./consumers/run-consumer.ts";
import { CommandFailed } from "./custom-backend/command.ts";
import { type Problem, report } from "./problem.ts";
import { openWorkFolder } from "./work-folder.ts";

/**
 * Checks that applications of many kinds work with the packages as they are published: each is installed from tarballs in
 * an empty folder, built and run. Each is a cell of a matrix, listed in `consumers/cells.ts`.
 *
 * Usage: node tools/checks/consumers.ts [--list | --all | ids …]
 *
 * `--list` prints the cells as the JSON of a matrix of GitHub Actions, on one line. `--all` runs every cell, ids run those
 * cells, and neither runs the quick ones.
 */
const parameters = process.argv.slice(2);
if (parameters.includes("--list")) {
  const include = cells.map(({ id, needs, isQuick }) => ({ id, needs, quick: isQuick }));
  console.log(JSON.stringify({ include }));
} else {
  await check(chosenCells());
}

/** @throws Error when there is no cell of a given id */
function chosenCells(): readonly Cell[] {
  if (parameters.includes("--all")) return cells;
  if (parameters.length === 0) return cells.filter(({ isQuick }) => isQuick);
  const unknown = parameters.filter((id) => !cells.some((cell) => cell.id === id));
  if (unknown.length === 0) return cells.filter(({ id }) => parameters.includes(id));
  throw new Error(
    `There is no cell ${unknown.join(", ")}. The cells: ${cells.map(({ id }) => id).join(", ")}`,
  );
}

async function check(chosen: readonly Cell[]): Promise<void> {
  const work = openWorkFolder("consumers");
  const problems: Problem[] = [];
  const lines: string[] = [];
  try {
    const packages = packPackages(work.path);
    const needsVault = chosen.some(({ needs }) => needs.includes("vault"));
    const vault = needsVault ? await obtainOrSkip("applications on Vault", openVault) : undefined;
    const place: CellPlace = { workFolder: work.path, packages, vault: vault?.environment };
    try {
      // One after the other, so that what is printed stays readable and a busy machine ends in time.
      for (const cell of chosen) {
        const start = performance.now();
        const problem = await problemOf(cell, place);
        if (problem !== undefined) problems.push(problem);
        const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(7);
        lines.push(`${cell.id.padEnd(28)}${seconds} s  ${problem === undefined ? "passed" : "FAILED"}`);
      }
    } finally {
      await vault?.stop();
    }
  } finally {
    work.remove();
  }
  console.log(`\n${lines.join("\n")}\n`);
  report("Applications with the packages as published", problems);
}

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

async function problemOf({ id, run }: Cell, place: CellPlace): Promise<Problem | undefined> {
  try {
    await run(place);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return {
      where: `The application ${id}`,
      what: error.message,
      todo: `Correct the packages, or examples/consumers/ together with docs/guide/works-with.md. Run it alone: npx --yes pnpm@12 check:consumers ${id}`,
    };
  }
}
