import type { SettingDescription } from "@archestra/secrets-core";
import type { SecretsManagerDiagnosis } from "@archestra/secrets-core/plugin";
import type { CommandContext } from "../program/command-context.ts";

/** A variable, where its value comes from, and the value if it may be shown. */
export interface ExaminedVariable {
  readonly variable: string;
  /** The id of the plugin. Absent: the variable is core's own. */
  readonly plugin?: string;
  readonly source: "environment" | "env-file" | "secret-file" | "default" | "code" | "unset";
  /** The file of `--env-file`, or the variable that names the file. */
  readonly file?: string;
  readonly value?: string;
}

/** Every variable of the examined plugins, each once, those of core first. */
export function examinedVariables(
  { settings, plugins }: SecretsManagerDiagnosis,
  sourceOf: CommandContext["sourceOf"],
): ExaminedVariable[] {
  const all = [...settings, ...plugins.flatMap((plugin) => plugin.settings)];
  const named = all.filter((setting) => setting.variable !== undefined);
  return named
    .filter(({ variable }, index) => named.findIndex((setting) => setting.variable === variable) === index)
    .map((setting) => examined(setting, sourceOf));
}

function examined(
  { variable = "", plugin, source, value }: Partial<SettingDescription>,
  sourceOf: CommandContext["sourceOf"],
): ExaminedVariable {
  const about = {
    variable,
    ...(plugin === undefined ? {} : { plugin }),
    ...(value === undefined ? {} : { value }),
  };
  switch (source) {
    case "variable": {
      const file = sourceOf(variable);
      return file === undefined
        ? { ...about, source: "environment" }
        : { ...about, source: "env-file", file };
    }
    case "file":
      return { ...about, source: "secret-file", file: `${variable}_FILE` };
    case "option":
      return { ...about, source: "code" };
    case "default":
      return { ...about, source: "default" };
    default:
      return { ...about, source: "unset" };
  }
}
