import type { SchemaResult, StandardSchema } from "./standard-schema.ts";

/** A Standard Schema that validates synchronously. */
export interface SettingSchema<Input, Output = Input> extends StandardSchema<Input, Output> {
  readonly "~standard": Omit<StandardSchema<Input, Output>["~standard"], "validate"> & {
    readonly validate: (value: unknown) => SchemaResult<Output>;
  };
}

/**
 * Creates a Standard Schema from a function that parses a setting.
 *
 * @param parse returns `{ value }`, or {@link refused}. It must not throw
 * @example
 * const region = settingSchema<string>((input) =>
 *   typeof input === "string" && /^[a-z]+-[0-9]$/.test(input) ? { value: input } : refused("must be a region such as `eu-1`"),
 * );
 */
export function settingSchema<Input, Output = Input>(
  parse: (input: unknown) => SchemaResult<Output>,
): SettingSchema<Input, Output> {
  return Object.freeze({ "~standard": Object.freeze({ version: 1, vendor: "archestra", validate: parse }) });
}

/**
 * Returns the result for an input that a setting rejects.
 *
 * @param message continues the name of the setting, such as "must be a URL". It must not quote the input of a secret setting
 * @example
 * return isUrl(input) ? { value: input } : refused("must be a URL");
 */
export function refused(message: string): SchemaResult<never> {
  return { issues: [{ message }] };
}

const truths: ReadonlyMap<string, boolean> = new Map([
  ...["true", "1", "yes", "on"].map((text) => [text, true] as const),
  ...["false", "0", "no", "off"].map((text) => [text, false] as const),
]);

/** `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`, in upper or lower case. Options in code can also be booleans. */
export const booleanSetting = settingSchema<string | boolean, boolean>((input) => {
  const value = typeof input === "boolean" ? input : truths.get(String(input).trim().toLowerCase());
  return value === undefined ? refused("must be `true` or `false`") : { value };
});

/** Accepts any string. It is the default schema of a variable. */
export const stringSetting = settingSchema<string>((input) =>
  typeof input === "string" ? { value: input } : refused("must be a string"),
);
