import type { Logger } from "../backend/logger.ts";
import type { Kind } from "./kind.ts";
import type { OptionsOf, SettingDeclarations, SettingsOf } from "./setting.ts";

const brand = Symbol.for("@archestra/secrets-core/Plugin");
const optionsKey = Symbol.for("@archestra/secrets-core/Plugin.options");

/** What a plugin's `create` receives beside its settings. */
export interface PluginContext {
  /** Where warnings go. */
  readonly logger: Logger;
  /** Whether `ARCHESTRA_SECRETS_STRICT` is on: what would be a warning is refused where the plugin's docs say so. */
  readonly strict: boolean;
  /** Aborts when the application gives up starting. */
  readonly signal: AbortSignal;
  /**
   * What it is opened for. `ownership`: another manager keeps the new secrets, and this one its table of owners and
   * whatever secrets it owns: a setting that is `neededFor: "secrets"` may be missing, and is asked for by the first
   * secret that needs it.
   */
  readonly purpose: "secrets" | "ownership";
  /**
   * Whether a store that refuses to serve, such as for wrong credentials, is left to the calls that need it: another
   * installed plugin keeps the table of owners and may hold secrets, and strict mode is off. The plugin then opens with a
   * warning. Settings that prove wrong without asking the store stop the start all the same. @default false
   */
  readonly opensDegraded?: boolean | undefined;
}

/** What `definePlugin` takes. */
export interface PluginDefinition<Product, Settings extends SettingDeclarations> {
  /** What the plugin makes, and so which slots it fits. */
  readonly kind: Kind<Product>;
  /** What the slot's variable names it by, such as `VAULT`; compared without regard to case. */
  readonly id: string;
  /** The version of the kind's contract that it is written for. */
  readonly contractVersion: number;
  /**
   * The id of the plugin that takes over in the root slot when required settings of this one are missing, unless strict
   * mode forbids it. Absent: missing settings are an error.
   */
  readonly fallback?: string;
  /** Whether what it makes has `ownership`: a table of owners, through which every call is routed. @default false */
  readonly ownership?: boolean;
  /** What the application passed to the plugin's factory. Absent: nothing. */
  readonly options?: OptionsOf<Settings> | undefined;
  /** What can be set, by key. */
  readonly settings: Settings;
  /**
   * Opens what the plugin is for. Heavy modules are imported here, not by the descriptor. It throws `SecretsError`, with
   * INVALID_CONFIGURATION for settings that prove wrong only now, and leaves nothing open when it throws.
   */
  readonly create: (
    settings: SettingsOf<Settings>,
    context: PluginContext,
  ) => NoInfer<Product> | Promise<NoInfer<Product>>;
}

/** A descriptor: data and one factory. It is what an application passes in `plugins`; making one does nothing. */
export interface Plugin<Product = unknown> {
  readonly kind: Kind<Product>;
  readonly id: string;
  readonly contractVersion: number;
  readonly fallback?: string;
  readonly ownership?: boolean;
  readonly settings: SettingDeclarations;
  readonly create: (settings: never, context: PluginContext) => Product | Promise<Product>;
}

/**
 * Makes a plugin's descriptor. The types of `create`'s settings and of the factory's options follow from `settings`.
 *
 * @throws TypeError for an option that the settings do not declare
 */
export function definePlugin<Product, const Settings extends SettingDeclarations>(
  definition: PluginDefinition<Product, Settings>,
): Plugin<Product> {
  const { kind, id, contractVersion, fallback, ownership, options = {}, settings, create } = definition;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`The options of the plugin ${id} must be an object.`);
  }
  const given = { ...options } as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(settings, key)) continue;
    const known = Object.keys(settings).join(", ") || "none";
    throw new TypeError(`The plugin ${id} has no option \`${key}\`. Its options: ${known}.`);
  }
  const plugin = {
    kind,
    id,
    contractVersion,
    ...(fallback === undefined ? {} : { fallback }),
    ...(ownership === undefined ? {} : { ownership }),
    settings: Object.freeze({ ...settings }),
    create,
  };
  // Options may be secrets, so a function hands them out: nothing that prints a descriptor calls it.
  Object.defineProperty(plugin, optionsKey, { value: () => given });
  Object.defineProperty(plugin, brand, { value: true });
  return Object.freeze(plugin);
}

/** Whether something was made by `definePlugin` of any copy of this package. */
export function isPlugin(candidate: unknown): candidate is Plugin {
  return (
    typeof candidate === "object" &&
    candidate !== null &&
    (candidate as { [brand]?: unknown })[brand] === true
  );
}

/** What the application passed to the plugin's factory. */
export function pluginOptions(plugin: Plugin): Readonly<Record<string, unknown>> {
  return (plugin as unknown as { [optionsKey]: () => Readonly<Record<string, unknown>> })[optionsKey]();
}
