import type { Page } from "../output/page.ts";
import { printable } from "../output/printable.ts";
import { wrap } from "../output/wrap.ts";
import type { CommandContext } from "../program/command-context.ts";
import { type DeclaredVariable, declaredVariables } from "./declared-variables.ts";

export interface EnvOptions {
  readonly format: "text" | "env";
}

const TEMPLATE_WIDTH = 100;

/** Lists the variables of all plugins. */
export async function showVariables(
  { output, plugins }: CommandContext,
  { format }: EnvOptions,
): Promise<void> {
  const variables = declaredVariables(await plugins());
  output.result({ variables: variables.map((variable) => ({ ...variable })) as never }, (page) => {
    let group: string | undefined;
    for (const variable of variables) {
      const next = groupOf(variable);
      if (format === "env") {
        if (next !== group && group !== undefined) page.line();
        if (next !== group) page.exact(`# ${next}`);
        writeTemplate(page, variable);
      } else {
        if (next !== group) writeHeading(page, next, group === undefined);
        page.line(variable.name, "  ");
        for (const line of [...rulesOf(variable), variable.description]) page.line(line, "      ");
      }
      group = next;
    }
  });
}

function writeHeading(page: Page, group: string, isFirst: boolean): void {
  if (!isFirst) page.line();
  page.heading(group);
}

function groupOf({ plugins }: DeclaredVariable): string {
  return plugins.length === 0 ? "Every application" : `Read by ${plugins.join(", ")}`;
}

/** A required variable has no value yet, which counts as not set. Every other one is commented out. */
function writeTemplate(page: Page, variable: DeclaredVariable): void {
  page.line();
  for (const text of [...rulesOf(variable), variable.description]) {
    for (const line of wrap(printable(text), TEMPLATE_WIDTH - 2)) page.exact(`# ${line}`);
  }
  page.exact(`${variable.required ? "" : "# "}${variable.name}=${variable.default ?? ""}`);
}

function rulesOf(variable: DeclaredVariable): string[] {
  const { required, requiredUnless, secret, fileVariable, values } = variable;
  const rules = [
    ...(requiredUnless === undefined ? [] : [`Required unless ${requiredUnless} is set.`]),
    ...(required && requiredUnless === undefined ? ["Required."] : []),
    ...(secret ? [`Secret; ${fileVariable} names a file instead.`] : []),
    ...(values === undefined ? [] : [`One of ${values.join(", ")}.`]),
    ...(variable.default === undefined ? [] : [`Default: ${variable.default}.`]),
  ];
  return rules.length === 0 ? [] : [rules.join(" ")];
}
