import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a package may cost its users at most. */
export interface Budget {
  /** Bytes of the JavaScript in its tarball, which is not minified. */
  readonly javaScript: number;
  /** Bytes of everything that an installation in an empty folder writes, peers that are not optional included. */
  readonly installed: number;
  /** Packages that an installation in an empty folder writes, the package itself included. */
  readonly packages: number;
  /** The processor time of a process that imports it, as a multiple of that of one that does nothing. */
  readonly importTime: number;
}

export type Budgets = Readonly<Record<string, Budget>>;

const file = join(import.meta.dirname, "budgets.json");

export function readBudgets(): Budgets {
  return JSON.parse(readFileSync(file, "utf8")) as Budgets;
}

export function writeBudgets(budgets: Budgets): void {
  writeFileSync(file, `${JSON.stringify(budgets, undefined, 2)}\n`);
}

/** A budget with room for what changes without a reason to think about it: small changes of the code, and the machine. */
export function budgetFor({ javaScript, installed, packages, importTime }: Budget): Budget {
  return {
    javaScript: Math.ceil((javaScript * 1.05) / 1000) * 1000,
    installed: Math.ceil((installed * 1.05) / 10_000) * 10_000,
    packages,
    importTime: Math.ceil((1 + (importTime - 1) * 2) * 10) / 10,
  };
}
