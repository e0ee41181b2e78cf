import { rmSync } from "node:fs";
import type { Cell } from "./cell.ts";
import { type Consumer, consumers } from "./consumer.ts";
import { runInstalledProgram } from "./installed-program.ts";
import { type PackageManager, packageManagers } from "./package-manager.ts";
import { followReadme } from "./readme-path.ts";
import { runConsumer } from "./run-consumer.ts";

/** The lowest Node that is supported, and the newest of each later line. */
const nodeVersions = [
  { name: "22.18", version: "22.18.0" },
  { name: "24", version: "24" },
  { name: "26", version: "26" },
];

/** Those that are checked before every merge, on the Node that this repository uses. */
const quickInstallations = ["npm-node-24", "pnpm-node-24", "yarn-pnp-node-24"];

/** Every cell of the matrix: the one list. */
export const cells: readonly Cell[] = [
  ...packageManagers.flatMap((manager) => nodeVersions.map((node) => installation(manager, node))),
  ...consumers.map(application),
];

/** The example of the README and the program of operators, as a package manager installs them, on a Node. */
function installation(
  { name: manager }: PackageManager,
  { name, version }: (typeof nodeVersions)[number],
): Cell {
  const id = `${manager}-node-${name}`;
  return {
    id,
    needs: [],
    isQuick: quickInstallations.includes(id),
    run: async ({ packages, workFolder }) => {
      const path = { manager, node: version, packages, workFolder };
      const folder = await followReadme(path);
      await runInstalledProgram(folder, path);
      rmSync(folder, { recursive: true });
    },
  };
}

/** An application of `examples/consumers/`. */
function application(consumer: Consumer): Cell {
  const { name, isQuick, runs } = consumer;
  return {
    id: name,
    needs: runs.some(({ store }) => store === "VAULT") ? ["vault"] : [],
    isQuick,
    run: (place) => runConsumer(consumer, place),
  };
}
