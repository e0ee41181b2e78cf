import { assertOption, assertSlot, assertVariable } from "./checked-definition.ts";
import type { Kind } from "./kind.ts";
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.ts";

declare const value: unique symbol;
declare const accepts: unique symbol;

/** One setting of a plugin: a variable, a slot or an option. */
export type Setting<Value = unknown, Accepts = unknown> = (
  | VariableDeclaration
  | SlotDeclaration
  | OptionDeclaration
) & {
  /** The type that `create` receives. */
  readonly [value]?: () => Value;
  /** The type of the factory's option. */
  readonly [accepts]?: () => Accepts;
};

/** All settings of a plugin, by key. */
export type SettingDeclarations = Readonly<Record<string, Setting>>;

/** The settings that `create` receives, typed by their declarations. */
export type SettingsOf<Settings extends SettingDeclarations> = {
  readonly [Key in keyof Settings]: Settings[Key] extends Setting<infer Value, infer _Accepts>
    ? Value
    : never;
};

/** The options of a plugin's factory, which set the settings in code instead of the environment. */
export type OptionsOf<Settings extends SettingDeclarations> = {
  readonly [Key in keyof Settings]?:
    | (Settings[Key] extends Setting<infer _Value, infer Accepts> ? Accepts : never)
    | undefined;
};

/** A setting that an environment variable can set. */
export interface VariableDeclaration {
  /** Distinguishes the kinds of settings. */
  readonly type: "variable";
  /** The variable, such as `ARCHESTRA_DATABASE_URL`. */
  readonly name: string;
  /** One sentence that describes the setting, for messages, `doctor` and the tables of the docs. */
  readonly description: string;
  /** Parses the text, or the option as passed in code. @default any string */
  readonly schema?: StandardSchema | undefined;
  /** Whether the setting is required. @default false */
  readonly required?: boolean | undefined;
  /** Required unless this other variable of the same plugin is set. Absent: `required` decides alone. */
  readonly requiredUnless?: string | undefined;
  /** `secrets`: it may be missing while the plugin is opened only for its ownership table. @default needed whenever it is required */
  readonly neededFor?: "secrets" | undefined;
  /** The text to use if it is not set. Absent: there is none. */
  readonly default?: string | undefined;
  /** Whether the value must never be shown. A secret variable can also come from the file that `NAME_FILE` names. @default false */
  readonly secret?: boolean | undefined;
  /**
   * Whether it is the path of a file. Descriptions then do not show the text, as it may be the content of the file by
   * mistake, and text that can only be such content is rejected. A plugin must quote the path only if the file exists.
   *
   * @default false
   */
  readonly path?: boolean | undefined;
  /**
   * Whether the messages of the schema never quote the input. Otherwise a message is omitted if the variable is secret, or if
   * it repeats a part of the input, which may be the secret of another variable.
   *
   * @default false
   */
  readonly schemaMessagesAreSafe?: boolean | undefined;
  /**
   * Whether `create` receives a function that reads the value again at each call, for credentials that change. It fails with
   * INVALID_CONFIGURATION when the file of the value cannot be read: pass the error on, and never connect without the value.
   *
   * @default false
   */
  readonly live?: boolean | undefined;
  /** Returns whether the variable with this value counts as not set. Absent: every value counts as set. */
  readonly countsAsMissing?: ((value: never) => boolean) | undefined;
  /** The remedy if it is missing, such as a command that generates a value. Absent: the message has no remedy. */
  readonly remedy?: string | undefined;
}

/** The value of a live variable: a function that reads it again at each call. */
export interface LiveSetting<Value> {
  (): Promise<Value>;
  /** Whether a later call can return another value: it comes from a file or a function, not from a fixed text. */
  readonly mayChange: boolean;
}

/** A choice among the installed plugins of one kind. */
export interface SlotDeclaration {
  /** Distinguishes the kinds of settings. */
  readonly type: "slot";
  /** The kind of the plugins to choose from. */
  readonly kind: Kind<unknown>;
  /** The variable that names the plugin. */
  readonly variable: string;
  /** The id to use if the variable is not set. */
  readonly default: string;
  /** One sentence that describes the choice. @default derived from the kind */
  readonly description?: string | undefined;
}

/** A setting that is only available in code, such as an existing client. */
export interface OptionDeclaration {
  /** Distinguishes the kinds of settings. */
  readonly type: "option";
  /** One sentence that describes the setting. */
  readonly description: string;
}

type VariableOptions = Omit<VariableDeclaration, "type" | "name" | "schema" | "countsAsMissing">;
type Whether<Options, Key extends PropertyKey, Then, Else> = Options extends { readonly [K in Key]: true }
  ? Then
  : Else;
type IsGiven<Options, Key extends PropertyKey, Then, Else> = Options extends { readonly [K in Key]: string }
  ? Then
  : Else;
type Provided<Options, Value> = Whether<Options, "live", LiveSetting<Value>, Value>;
type VariableValue<Options, Value> = Whether<
  Options,
  "required",
  Provided<Options, Value>,
  IsGiven<Options, "default", Provided<Options, Value>, Provided<Options, Value> | undefined>
>;
type VariableOption<Options, Input> = Whether<Options, "live", Input | (() => Input | Promise<Input>), Input>;

/**
 * Declares a setting that an environment variable can set. Its value comes from the factory's option of the same key, else from
 * `NAME`, else (secret settings) from the file that `NAME_FILE` names without one trailing newline, else from the default.
 * An empty or blank text counts as not set. Setting both `NAME` and `NAME_FILE` is an error.
 *
 * @param name the variable
 * @param options its meaning. With a `schema`, the setting has the schema's output type
 * @example
 * token: variable("FILES_TOKEN", { required: true, secret: true, description: "The token of the file server." }),
 */
export function variable<const Options extends VariableOptions, Schema extends StandardSchema>(
  name: string,
  options: Options & {
    readonly schema: Schema;
    readonly countsAsMissing?: (value: SchemaOutput<Schema>) => boolean;
  },
): Setting<VariableValue<Options, SchemaOutput<Schema>>, VariableOption<Options, SchemaInput<Schema>>>;
export function variable<const Options extends VariableOptions>(
  name: string,
  options: Options,
): Setting<VariableValue<Options, string>, VariableOption<Options, string>>;
export function variable(name: string, options: VariableOptions): Setting {
  assertVariable(name, options);
  return Object.freeze({ ...options, type: "variable" as const, name });
}

/**
 * Declares a choice among the installed plugins of a kind, such as the authentication method. `create` receives the product of
 * the selected plugin.
 *
 * @param kind the kind of the plugins
 * @param options the variable that selects one, and the default id
 * @example
 * auth: slot(vaultAuth, { variable: "ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD", default: "TOKEN" }),
 */
export function slot<Product>(
  kind: Kind<Product>,
  options: Omit<SlotDeclaration, "type" | "kind">,
): Setting<Product, string> {
  assertSlot({ ...options, kind });
  return Object.freeze({ ...options, type: "slot" as const, kind });
}

/**
 * Declares a setting that is only available in code. `create` receives undefined if it is not passed.
 *
 * @typeParam Value the type of the setting
 * @example
 * client: option<FileClient>({ description: "An existing client, which the application closes." }),
 */
export function option<Value>(options: Omit<OptionDeclaration, "type">): Setting<Value | undefined, Value> {
  assertOption(options);
  return Object.freeze({ ...options, type: "option" as const });
}
