import type { StandardSchema } from "@archestra/secrets-core/plugin";
import { isListOfStrings, isOtherJsonArray, type PreviousSecrets } from "../encryption/previous-secrets.ts";
import { isSchemaName, schemaNameRule } from "../schema/schema-name.ts";

/**
 * A schema for a setting.
 *
 * @param parse returns the value, or what is wrong with the input in a message that does not quote it
 */
export function settingSchema<Input, Output = Input>(
  parse: (input: unknown) => { readonly value: Output } | string,
): StandardSchema<Input, Output> {
  return {
    "~standard": {
      version: 1,
      vendor: "archestra",
      validate: (input) => {
        const parsed = parse(input);
        return typeof parsed === "string" ? { issues: [{ message: parsed }] } : parsed;
      },
    },
  };
}

/** A whole number within bounds: digits in a variable, in code also a number. */
export function wholeNumber(least: number, most: number): StandardSchema<string | number, number> {
  return settingSchema((input) => {
    const text = typeof input === "string" ? input.trim() : input;
    const number = typeof text === "string" && /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
    return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
      ? { value: number }
      : `must be a whole number from ${least} to ${most}`;
  });
}

/** The name of a schema, used as it is written: PostgreSQL distinguishes upper and lower case in it. */
export const schemaName: StandardSchema<string, string> = settingSchema((input) => {
  const name = typeof input === "string" ? input.trim() : "";
  return isSchemaName(name) ? { value: name } : schemaNameRule;
});

/** Any text but a JSON array of something else, or an array of strings. */
export const previousSecretsSetting: StandardSchema<PreviousSecrets> = settingSchema<PreviousSecrets>(
  (input) => {
    if (typeof input === "string" && !isOtherJsonArray(input)) return { value: input };
    if (isListOfStrings(input)) return { value: Object.freeze([...input]) };
    return "must be a string or an array of strings";
  },
);
