import { pluginsOf, type Setting } from "./plugins-of.ts";

/** The table of the environment variables that the plugins of a package declare. */
export async function variablesTable(packageName: string): Promise<string> {
  const plugins = await pluginsOf(packageName);
  const rows = plugins.flatMap((plugin) => Object.values(plugin.settings)).flatMap(variableRow);
  if (rows.length === 0) throw new Error(`no plugin of ${packageName} declares a variable`);
  return ["| Variable | Rule | Default | Purpose |", "|---|---|---|---|", ...rows].join("\n");
}

function variableRow(setting: Setting): string[] {
  if (setting.type === "option") return [];
  if (setting.type === "slot") return [row(setting.variable, [], setting.default, setting.description ?? "")];
  const traits: string[] = [];
  if (setting.required) traits.push("required");
  if (setting.requiredUnless) traits.push(`required unless \`${setting.requiredUnless}\` is set`);
  if (setting.neededFor === "secrets") traits.push("not required for ownership alone");
  if (setting.secret) traits.push(`secret, or in the file that \`${setting.name}_FILE\` names`);
  return [row(setting.name, traits, setting.default, setting.description)];
}

function row(
  name: string,
  traits: readonly string[],
  fallback: string | undefined,
  description: string,
): string {
  const cells = [
    `\`${name}\``,
    traits.join("; "),
    fallback === undefined ? "" : `\`${fallback}\``,
    description,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
