import type { StandardSchema } from "@archestra/secrets-core/plugin";

/** A setting that is a whole number within bounds: digits in a variable, in code also a number. */
export function wholeNumber(least: number, most: number): StandardSchema<string | number, number> {
  return {
    "~standard": {
      version: 1,
      vendor: "archestra",
      validate: (input) => {
        const text = typeof input === "string" ? input.trim() : input;
        const number = typeof text === "string" && /^[0-9]{1,9}$/.test(text) ? Number(text) : text;
        return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
          ? { value: number }
          : { issues: [{ message: `must be a whole number from ${least} to ${most}` }] };
      },
    },
  };
}
