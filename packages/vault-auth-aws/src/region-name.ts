import type { StandardSchema } from "@archestra/secrets-core/plugin";

/** Words of letters and a number, as all regions are; the hexadecimal text of a key is none. */
const REGION = /^(?=.{1,32}$)[a-z]+(?:-[a-z]+)*(?:-\d{1,2})?$/;

/** A region such as `eu-central-1`. */
export const regionName: StandardSchema<string> = Object.freeze({
  "~standard": Object.freeze({
    version: 1 as const,
    vendor: "archestra",
    validate(input: unknown) {
      const text = typeof input === "string" ? input.trim() : "";
      if (REGION.test(text)) return { value: text };
      return { issues: [{ message: "must be a region such as `eu-central-1`" }] };
    },
  }),
});
