import type { SchemaResult, StandardSchema } from "./standard-schema.ts";

/** `true`, `1`, `yes`, `on` or `false`, `0`, `no`, `off`, in any case; in code also a boolean. */
export const booleanSetting: StandardSchema<string | boolean, boolean> = schema((input) => {
  if (typeof input === "boolean") return input;
  switch (String(input).trim().toLowerCase()) {
    case "true":
    case "1":
    case "yes":
    case "on":
      return true;
    case "false":
    case "0":
    case "no":
    case "off":
      return false;
    default:
      return undefined;
  }
}, "must be `true` or `false`");

/** Any string: what a variable without a schema accepts. */
export const stringSetting: StandardSchema<string> = schema(
  (input) => (typeof input === "string" ? input : undefined),
  "must be a string",
);

function schema<Input, Output>(
  parse: (input: unknown) => Output | undefined,
  expected: string,
): StandardSchema<Input, Output> {
  const validate = (input: unknown): SchemaResult<Output> => {
    const value = parse(input);
    return value === undefined ? { issues: [{ message: expected }] } : { value };
  };
  return Object.freeze({ "~standard": Object.freeze({ version: 1, vendor: "archestra", validate }) });
}
