import { readBudgets } from "../budgets/budget.ts";

/** The table of what each package may cost at most. */
export function budgetsTable(): string {
  const rows = Object.entries(readBudgets()).map(
    ([name, { javaScript, installed, packages, importTime }]) => {
      const cells = [
        `\`${name}\``,
        kilobytes(javaScript),
        packages,
        kilobytes(installed),
        `${importTime} times`,
      ];
      return `| ${cells.join(" | ")} |`;
    },
  );
  const head = "| Package | JavaScript | Packages installed | Installed | Import |\n|---|---|---|---|---|";
  return [head, ...rows].join("\n");
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
