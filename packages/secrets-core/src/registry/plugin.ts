import type { Logger } from "../backend/logger.ts";
import { assertDefinition } from "./checked-definition.ts";
import type { DiagnosisContext } from "./diagnosis.ts";
import type { Kind } from "./kind.ts";
import type { OptionsOf, SettingDeclarations, SettingsOf } from "./setting.ts";

const brand = Symbol.for("@archestra/secrets-core/Plugin");
const optionsKey = Symbol.for("@archestra/secrets-core/Plugin.options");

/** The context that a plugin's `create` receives beside its settings. */
export interface PluginContext {
  /** Receives warnings. */
  readonly logger: Logger;
  /** Whether `ARCHESTRA_SECRETS_STRICT` is on, which turns the warnings named in the plugin's docs into errors. */
  readonly strict: boolean;
  /**
   * Aborts when the application cancels the start, and when at most five seconds are left before its deadline: the time for the
   * plugin's cleanup. Then the start ends without the plugin, and a product that arrives later is closed. It never aborts
   * after the start.
   */
  readonly signal: AbortSignal;
  /**
   * Why the plugin is opened. `ownership`: another manager stores new secrets, and this plugin keeps the ownership table and
   * the secrets that it owns. A setting that is `neededFor: "secrets"` may then be missing until a call needs such a secret.
   */
  readonly purpose: "secrets" | "ownership";
  /**
   * Whether the plugin opens with a warning when its store rejects it, such as for wrong credentials. It is true if another
   * plugin keeps the ownership table and strict mode is off, so that secrets of other managers stay available. Settings
   * that are invalid without a request to the store still fail the start. @default false
   */
  readonly opensDegraded?: boolean | undefined;
}

/** The argument of `definePlugin`. */
export interface PluginDefinition<Product, Settings extends SettingDeclarations> {
  /** The kind of the product, which determines the slots that the plugin fits. */
  readonly kind: Kind<Product>;
  /** The id that selects the plugin in a slot, such as `VAULT`. It is case-insensitive. */
  readonly id: string;
  /** The version of the kind's contract that the plugin implements. */
  readonly contractVersion: number;
  /**
   * The id of the plugin that the root slot uses instead while required settings of this one are missing, unless strict mode
   * is on. Absent: missing settings are an error.
   */
  readonly fallback?: string;
  /** Whether the product has `ownership`: an ownership table, which routes every call. @default false */
  readonly ownership?: boolean;
  /** The options that the application passed to the plugin's factory. Absent: none. */
  readonly options?: OptionsOf<Settings> | undefined;
  /** The settings, by key. */
  readonly settings: Settings;
  /**
   * Opens the product. Import heavy modules here, not in the descriptor. It throws `SecretsError`, with
   * INVALID_CONFIGURATION for invalid settings, and closes everything that it opened before it throws. Credentials that the
   * store refuses fail the start with UNAUTHENTICATED if the start asks the store, unless `opensDegraded` is true. A start during
   * an outage fails with UNAVAILABLE, or succeeds, and then serves when the outage has ended.
   */
  readonly create: (
    settings: SettingsOf<Settings>,
    context: PluginContext,
  ) => NoInfer<Product> | Promise<NoInfer<Product>>;
  /**
   * Examines the store with the settings that `create` would receive, and reports facts and findings. It changes nothing: it
   * creates no file, table or key, and uses up no credential. It is called without `create`, so it opens what it needs and
   * closes it. Each part that can hang has a deadline of its own, so that the others are reported.
   *
   * @default the plugin reports nothing
   */
  readonly diagnose?: (settings: SettingsOf<Settings>, context: DiagnosisContext) => void | Promise<void>;
}

/** A plugin's descriptor, which an application passes in `plugins`. Creating it has no side effects. */
export interface Plugin<Product = unknown> {
  /** What it is a choice for, such as `backend`. */
  readonly kind: Kind<Product>;
  /** The id that a variable selects it by, such as `DB`. Compared case-insensitively. */
  readonly id: string;
  /** The version of the contract that it implements. */
  readonly contractVersion: number;
  /** The id of the plugin to use when required settings are missing. Absent: missing settings are an error. */
  readonly fallback?: string;
  /** Whether its backend keeps the ownership table. @default false */
  readonly ownership?: boolean;
  /** Its settings, by the names of its options. */
  readonly settings: SettingDeclarations;
  /** Opens what the plugin is for. Called at most once for each manager. */
  readonly create: (settings: never, context: PluginContext) => Product | Promise<Product>;
  /** Reports facts and problems to `doctor`. Absent: only its settings are reported. */
  readonly diagnose?: (settings: never, context: DiagnosisContext) => void | Promise<void>;
}

/**
 * Creates a plugin's descriptor. It infers the types of `create`'s settings and of the factory's options from `settings`.
 *
 * @throws TypeError for an unknown or wrong field, and for an option that the settings do not declare
 * @example
 * const settings = { folder: variable("FILES_FOLDER", { required: true, description: "The folder of the secrets." }) };
 * export const filesPlugin = (options: OptionsOf<typeof settings> = {}) =>
 *   definePlugin({
 *     kind: backend,
 *     id: "FILES",
 *     contractVersion: 1,
 *     options,
 *     settings,
 *     create: async ({ folder }) => (await import("./files-backend.js")).open(folder),
 *   });
 */
export function definePlugin<Product, const Settings extends SettingDeclarations>(
  definition: PluginDefinition<Product, Settings>,
): Plugin<Product> {
  assertDefinition(definition);
  const {
    kind,
    id,
    contractVersion,
    fallback,
    ownership,
    options = {},
    settings,
    create,
    diagnose,
  } = definition;
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
    ...(diagnose === undefined ? {} : { diagnose }),
  };
  // Options may be secrets. A printed descriptor does not show what a function returns.
  Object.defineProperty(plugin, optionsKey, { value: () => given });
  Object.defineProperty(plugin, brand, { value: true });
  return Object.freeze(plugin);
}

/** Returns whether a value was created by `definePlugin` of any copy of this package. */
export function isPlugin(candidate: unknown): candidate is Plugin {
  return (
    typeof candidate === "object" &&
    candidate !== null &&
    (candidate as { [brand]?: unknown })[brand] === true
  );
}

/** Returns the options that the application passed to the plugin's factory. */
export function pluginOptions(plugin: Plugin): Readonly<Record<string, unknown>> {
  return (plugin as unknown as { [optionsKey]: () => Readonly<Record<string, unknown>> })[optionsKey]();
}
