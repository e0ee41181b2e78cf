import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type PackedPackage, pack } from "../checks/packed-package.ts";
import { type Problem, report } from "../checks/problem.ts";
import { openWorkFolder } from "../checks/work-folder.ts";
import { corePackage, packageFolders, root } from "../checks/workspace.ts";
import { type Budget, type Budgets, budgetFor, readBudgets, writeBudgets } from "./budget.ts";
import { importTime } from "./import-time.ts";
import { bytesOf, installedPackages } from "./installed-packages.ts";

/** Checks what each package costs its users against budgets.json. With `--write`, writes budgets with a little room instead. */
const work = openWorkFolder("budgets");
/** What core is meant to be, and is not yet: its budget keeps it from growing until then. */
const coreBar = 100_000;
const todo =
  "Find out what grew. If the package is worth it, run `npx --yes pnpm@12 write:budgets` and say why in the commit.";
/** A package that slows a busy machine down once is measured again. */
const ATTEMPTS = 3;
const problems: Problem[] = [];
const written: Record<string, Budget> = {};
try {
  const isWriting = process.argv.includes("--write");
  const budgets: Budgets = isWriting ? {} : readBudgets();
  const own = packAll();
  for (const [name, packed] of own) {
    const cost = costOf(packed, own, budgets[name]?.importTime);
    print(name, cost);
    written[name] = budgetFor(cost);
    if (!isWriting) problems.push(...excesses(name, cost, budgets[name]));
  }
  const unknown = Object.keys(budgets).filter((name) => !own.has(name));
  problems.push(...unknown.map((name) => ({ where: name, what: "has a budget and is no package", todo })));
  if (isWriting) writeBudgets(written);
} finally {
  work.remove();
}
report("Budgets of the packages", problems);

function packAll(): Map<string, PackedPackage> {
  const packages = packageFolders().map((name) => {
    const folder = join(work.path, name);
    mkdirSync(folder);
    const packed = pack(join(root, "packages", name), folder);
    return [packed.manifest.name, packed] as const;
  });
  return new Map(packages);
}

function costOf(packed: PackedPackage, own: ReadonlyMap<string, PackedPackage>, limit = Infinity): Budget {
  const { manifest, source, folder, files } = packed;
  const ownFolders = new Map([...own].map(([name, { folder: unpacked }]) => [name, unpacked]));
  const installed = [...installedPackages(source, ownFolders).values()];
  const scripts = files.filter((file) => file.endsWith(".js")).map((file) => join(folder, file));
  let time = importTime(manifest.name, source);
  for (let attempt = 1; attempt < ATTEMPTS && time > limit; attempt++) {
    time = Math.min(time, importTime(manifest.name, source));
  }
  return {
    javaScript: sum(scripts.map((file) => statSync(file).size)),
    installed: sum(installed.map(bytesOf)),
    packages: installed.length,
    importTime: time,
  };
}

function excesses(name: string, cost: Budget, budget: Budget | undefined): Problem[] {
  if (budget === undefined) return [{ where: name, what: "has no budget", todo }];
  const fields = ["javaScript", "installed", "packages", "importTime"] as const;
  return fields
    .filter((field) => cost[field] > budget[field])
    .map((field) => ({
      where: name,
      what: `exceeds its budget of ${field}: ${Number(cost[field].toFixed(2))} of ${budget[field]}`,
      todo,
    }));
}

function print(name: string, { javaScript, installed, packages, importTime: time }: Budget): void {
  const size = `${kilobytes(javaScript)} of JavaScript, ${kilobytes(installed)} in ${packages} packages installed`;
  console.log(
    `${name}: ${size}, an import takes ${time.toFixed(2)} times the processor time of an idle process`,
  );
  if (name === corePackage && javaScript > coreBar) {
    console.log(`${name}: the bar of ${kilobytes(coreBar)} of JavaScript is missed`);
  }
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
