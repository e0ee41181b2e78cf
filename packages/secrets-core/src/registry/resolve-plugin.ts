import type { ConfigurationIssue } from "../errors/configuration-error.ts";
import { type Plugin, type PluginContext, pluginOptions } from "./plugin.ts";
import type { PluginRegistry } from "./plugin-registry.ts";
import {
  type EnvironmentReader,
  missingSetting,
  readSetting,
  readVariable,
  type SettingRequest,
  type SettingSource,
} from "./read-setting.ts";
import type { SlotDeclaration, VariableDeclaration } from "./setting.ts";

/** Describes the source of one setting. It is safe to show. */
export interface SettingDescription {
  /** The id of the plugin that declares it. */
  readonly plugin: string;
  /** The key of the factory's option. */
  readonly option: string;
  /** The variable. Absent: the setting is only available in code. */
  readonly variable?: string;
  /** The source. `file` is the file that `NAME_FILE` names. */
  readonly source: SettingSource;
  /** The text. Absent: it is secret, not set, the path of a file, or not a single line of at most 1,000 characters. */
  readonly value?: string;
}

/** A plugin with its settings: everything that opening needs, or all problems. */
export interface ResolvedPlugin {
  readonly plugin: Plugin;
  /** The settings for `create`, except the slots. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The plugins of the slots, by key. */
  readonly slots: Readonly<Record<string, ResolvedPlugin>>;
  /** The problems, including those of the slots. Empty: the plugin can be opened. */
  readonly issues: readonly ConfigurationIssue[];
  /** Missing settings that only secrets need, if it was resolved for its ownership. Empty: it can store secrets. */
  readonly neededForSecrets: readonly ConfigurationIssue[];
  /** All settings, including those of the slots. */
  readonly settings: readonly SettingDescription[];
}

/**
 * Reads the settings of a plugin and of the plugins in its slots. It opens nothing.
 *
 * @param purpose `ownership`: settings that only secrets need may be missing
 */
export function resolvePlugin(
  plugin: Plugin,
  registry: PluginRegistry,
  reader: EnvironmentReader,
  purpose: PluginContext["purpose"] = "secrets",
): ResolvedPlugin {
  const given = pluginOptions(plugin);
  const values: Record<string, unknown> = {};
  const slots: Record<string, ResolvedPlugin> = {};
  const issues: ConfigurationIssue[] = [];
  const settings: SettingDescription[] = [];
  const unset: SettingRequest[] = [];

  for (const [option, declaration] of Object.entries(plugin.settings)) {
    switch (declaration.type) {
      case "option":
        values[option] = given[option];
        settings.push({
          plugin: plugin.id,
          option,
          source: given[option] === undefined ? "unset" : "option",
        });
        break;
      case "variable": {
        const request: SettingRequest = {
          declaration,
          plugin: plugin.id,
          ...(reader.onlyVariables ? {} : { option }),
          given: given[option],
        };
        const read = readSetting(request, reader);
        if (read.issue !== undefined) issues.push(read.issue);
        else values[option] = read.value;
        if (read.source === "unset") unset.push(request);
        settings.push({
          plugin: plugin.id,
          option,
          variable: declaration.name,
          source: read.source,
          ...(read.issue === undefined && read.text !== undefined ? { value: read.text } : {}),
        });
        break;
      }
      case "slot": {
        const choice = resolveSlot(declaration, option, plugin, registry, reader);
        if (choice.chosen !== undefined) slots[option] = choice.chosen;
        issues.push(...choice.issues);
        settings.push(...choice.settings);
        break;
      }
    }
  }

  const isUnset = (name: string) => unset.some((request) => request.declaration.name === name);
  const required = unset.filter(({ declaration }) => isRequired(declaration, isUnset));
  const isSpared = ({ declaration }: SettingRequest) =>
    purpose === "ownership" && declaration.neededFor === "secrets";
  const missing = required.filter((request) => !isSpared(request)).map(missingSetting);
  const neededForSecrets = required.filter(isSpared).map(missingSetting);
  return { plugin, values, slots, issues: [...missing, ...issues], neededForSecrets, settings };
}

function resolveSlot(
  declaration: SlotDeclaration,
  option: string,
  owner: Plugin,
  registry: PluginRegistry,
  reader: EnvironmentReader,
): Pick<ResolvedPlugin, "issues" | "settings"> & { readonly chosen?: ResolvedPlugin } {
  const given = pluginOptions(owner)[option];
  if (given !== undefined && typeof given !== "string") {
    throw new TypeError(`The option \`${option}\` of the plugin ${owner.id} must be the id of a plugin.`);
  }
  const text = given ?? readVariable(reader.env, declaration.variable);
  const source: SettingSource = given !== undefined ? "option" : text !== undefined ? "variable" : "default";
  const id = text ?? declaration.default;
  const setting = { plugin: owner.id, option, variable: declaration.variable, source };
  const named =
    source === "option"
      ? { option }
      : { variable: declaration.variable, ...(reader.onlyVariables ? {} : { option }) };
  const choice = registry.choose(declaration.kind, id, named);
  if (choice.issue !== undefined) return { issues: [choice.issue], settings: [setting] };
  const chosen = resolvePlugin(choice.plugin, registry, reader);
  return { chosen, issues: chosen.issues, settings: [{ ...setting, value: id }, ...chosen.settings] };
}

function isRequired(declaration: VariableDeclaration, isUnset: (name: string) => boolean): boolean {
  if (declaration.requiredUnless !== undefined) return isUnset(declaration.requiredUnless);
  return declaration.required === true;
}
