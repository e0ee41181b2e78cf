import { refused, type StandardSchema, settingSchema } from "@archestra/secrets-core/plugin";
import { isListOfStrings, isOtherJsonArray, type PreviousSecrets } from "../encryption/previous-secrets.ts";
import { isSchemaName, schemaNameRule } from "../schema/schema-name.ts";

/** A whole number within bounds: digits in a variable, in code also a number. */
export function wholeNumber(least: number, most: number): StandardSchema<string | number, number> {
  return settingSchema<string | number, number>((input) => {
    const text = typeof input === "string" ? input.trim() : input;
    const number = typeof text === "string" && /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
    return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
      ? { value: number }
      : refused(`must be a whole number from ${least} to ${most}`);
  });
}

/** The name of a schema, used as it is written: PostgreSQL distinguishes upper and lower case in it. */
export const schemaName = settingSchema<string>((input) => {
  const name = typeof input === "string" ? input.trim() : "";
  return isSchemaName(name) ? { value: name } : refused(schemaNameRule);
});

/** Any text but a JSON array of something else, or an array of strings. */
export const previousSecretsSetting = settingSchema<PreviousSecrets>((input) => {
  if (typeof input === "string" && !isOtherJsonArray(input)) return { value: input };
  if (isListOfStrings(input)) return { value: Object.freeze([...input]) };
  return refused("must be a string or an array of strings");
});
