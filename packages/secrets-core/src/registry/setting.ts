import type { Kind } from "./kind.ts";
import type { SchemaInput, SchemaOutput, StandardSchema } from "./standard-schema.ts";

declare const value: unique symbol;
declare const accepts: unique symbol;

/** What a plugin declares under one key of its `settings`: a variable, a slot or an option. */
export type Setting<Value = unknown, Accepts = unknown> = (
  | VariableDeclaration
  | SlotDeclaration
  | OptionDeclaration
) & {
  /** What `create` receives. */
  readonly [value]?: () => Value;
  /** What the factory's options take. */
  readonly [accepts]?: () => Accepts;
};

/** All settings of a plugin, by key. */
export type SettingDeclarations = Readonly<Record<string, Setting>>;

/** What `create` receives: each setting's value, typed by its declaration. */
export type SettingsOf<Settings extends SettingDeclarations> = {
  readonly [Key in keyof Settings]: Settings[Key] extends Setting<infer Value, infer _Accepts>
    ? Value
    : never;
};

/** What a plugin's factory takes: each setting, given in code instead of in the environment. */
export type OptionsOf<Settings extends SettingDeclarations> = {
  readonly [Key in keyof Settings]?:
    | (Settings[Key] extends Setting<infer _Value, infer Accepts> ? Accepts : never)
    | undefined;
};

/** A setting that an environment variable gives. */
export interface VariableDeclaration {
  readonly type: "variable";
  /** The variable, such as `ARCHESTRA_DATABASE_URL`. */
  readonly name: string;
  /** What it is for: one sentence for messages, `doctor` and the tables of the docs. */
  readonly description: string;
  /** Parses it; from code it gets the option as given. @default any string */
  readonly schema?: StandardSchema | undefined;
  /** Whether the plugin cannot work without it. @default false */
  readonly required?: boolean | undefined;
  /** Required unless this other variable of the same plugin is set. Absent: `required` decides alone. */
  readonly requiredUnless?: string | undefined;
  /** `secrets`: may be missing while the plugin is opened only for its table of owners. @default needed whenever it is required */
  readonly neededFor?: "secrets" | undefined;
  /** The text used when it is not set. Absent: there is none. */
  readonly default?: string | undefined;
  /** Whether its value must never be shown; a secret variable can also come from the file that `NAME_FILE` names. @default false */
  readonly secret?: boolean | undefined;
  /**
   * Whether it is the path of a file. Its text is not described then, since the content of the file is put there by
   * mistake, and text that can only be such content is refused. A plugin quotes the path only when the file is there.
   *
   * @default false
   */
  readonly path?: boolean | undefined;
  /**
   * Whether the schema's own words never quote the input. Otherwise they are left out when the variable is secret, or when
   * they repeat a part of the input, which may be the secret of another variable.
   *
   * @default false
   */
  readonly schemaWordsAreSafe?: boolean | undefined;
  /** Whether `create` gets a function that reads the value anew at each call, for credentials that change on disk. @default false */
  readonly live?: boolean | undefined;
  /** A parsed value for which the variable counts as not set, such as `false` for a licence. Absent: none does. */
  readonly countsAsMissing?: ((value: never) => boolean) | undefined;
  /** What to do when it is missing, such as a command that makes a value. Absent: nothing beside setting it. */
  readonly remedy?: string | undefined;
}

/** What `create` gets for a variable that is live: a function that reads the value again at each call. */
export interface LiveSetting<Value> {
  (): Promise<Value>;
  /** Whether a later call can give another value: it comes from a file or from a function, and not from a fixed text. */
  readonly mayChange: boolean;
}

/** A choice among the installed plugins of one kind. */
export interface SlotDeclaration {
  readonly type: "slot";
  readonly kind: Kind<unknown>;
  /** The variable that names the plugin. */
  readonly variable: string;
  /** The id chosen when the variable is not set. */
  readonly default: string;
  /** What is chosen: one sentence. @default made from the kind */
  readonly description?: string | undefined;
}

/** A setting that only code can give, such as a client that the application has already. */
export interface OptionDeclaration {
  readonly type: "option";
  /** What it is for: one sentence. */
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
 * Declares a setting that an environment variable gives. It comes from the factory's option of the same key, else from
 * `NAME`, else (secret ones) from the file that `NAME_FILE` names, less one trailing newline, else from the default.
 * Empty or blank is not set; `NAME` and `NAME_FILE` together are refused.
 *
 * @param name the variable
 * @param options what it means; with a `schema`, the setting has the schema's output type
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
  return Object.freeze({ ...options, type: "variable" as const, name });
}

/**
 * Declares a choice among the installed plugins of a kind, such as how to authenticate. `create` receives what the chosen
 * plugin made.
 *
 * @param kind which plugins fit
 * @param options the variable that names one, and the id when it is not set
 */
export function slot<Product>(
  kind: Kind<Product>,
  options: Omit<SlotDeclaration, "type" | "kind">,
): Setting<Product, string> {
  return Object.freeze({ ...options, type: "slot" as const, kind });
}

/**
 * Declares a setting that only code can give. `create` receives undefined when it is not given.
 *
 * @typeParam Value what the factory takes and `create` receives
 */
export function option<Value>(options: Omit<OptionDeclaration, "type">): Setting<Value | undefined, Value> {
  return Object.freeze({ ...options, type: "option" as const });
}
