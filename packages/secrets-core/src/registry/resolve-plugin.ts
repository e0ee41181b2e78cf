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

/** Where one setting came from, safe to show anybody. */
export interface SettingDescription {
  /** The id of the plugin that declares it. */
  readonly plugin: string;
  /** The key of the factory's option. */
  readonly option: string;
  /** The variable. Absent: only code can give it. */
  readonly variable?: string;
  /** Where it came from; `file` is the one that `NAME_FILE` names. */
  readonly source: SettingSource;
  /** Its text. Absent: it is secret, not set, the path of a file, or no single line of at most 1,000 characters. */
  readonly value?: string;
}

/** A plugin with its settings read: everything that opening needs, or everything that is wrong. */
export interface ResolvedPlugin {
  readonly plugin: Plugin;
  /** What `create` receives, but for the slots. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The plugins chosen in this one's slots, by key. */
  readonly slots: Readonly<Record<string, ResolvedPlugin>>;
  /** What is wrong, those of the slots included. Empty: it can be opened. */
  readonly issues: readonly ConfigurationIssue[];
  /** What is missing and needed for secrets alone, when it was resolved for its ownership. Empty: it can hold secrets. */
  readonly neededForSecrets: readonly ConfigurationIssue[];
  /** Every setting, those of the slots included. */
  readonly settings: readonly SettingDescription[];
}

/**
 * Reads the settings of a plugin and, for its slots, of the plugins chosen there. Nothing is opened.
 *
 * @param purpose `ownership`: what is needed for secrets alone may be missing
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
        const request: SettingRequest = { declaration, plugin: plugin.id, option, given: given[option] };
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
        if (choice.chosen !== undefined) {
          slots[option] = choice.chosen;
          issues.push(...choice.chosen.issues);
        }
        if (choice.issue !== undefined) issues.push(choice.issue);
        settings.push(choice.setting, ...(choice.chosen?.settings ?? []));
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
): {
  readonly chosen?: ResolvedPlugin;
  readonly issue?: ConfigurationIssue;
  readonly setting: SettingDescription;
} {
  const given = pluginOptions(owner)[option];
  if (given !== undefined && typeof given !== "string") {
    throw new TypeError(`The option \`${option}\` of the plugin ${owner.id} must be the id of a plugin.`);
  }
  const text = given ?? readVariable(reader.env, declaration.variable);
  const source: SettingSource = given !== undefined ? "option" : text !== undefined ? "variable" : "default";
  const id = text ?? declaration.default;
  const setting = { plugin: owner.id, option, variable: declaration.variable, source };
  const choice = registry.choose(declaration.kind, id, declaration.variable);
  if (choice.issue !== undefined) {
    const { variable: _unset, ...issue } = choice.issue;
    return { issue: { option, ...(source === "option" ? issue : choice.issue) }, setting };
  }
  return {
    chosen: resolvePlugin(choice.plugin, registry, reader),
    setting: { ...setting, value: id },
  };
}

function isRequired(declaration: VariableDeclaration, isUnset: (name: string) => boolean): boolean {
  if (declaration.requiredUnless !== undefined) return isUnset(declaration.requiredUnless);
  return declaration.required === true;
}
