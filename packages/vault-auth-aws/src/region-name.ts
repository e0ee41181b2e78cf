import type { StandardSchema } from "@archestra/secrets-core/plugin";

/** A region such as `eu-central-1`. */
export const regionName: StandardSchema<string> = Object.freeze({
  "~standard": Object.freeze({
    version: 1 as const,
    vendor: "archestra",
    validate(input: unknown) {
      const text = typeof input === "string" ? input.trim() : "";
      if (/^[a-z0-9-]{1,32}$/.test(text)) return { value: text };
      return { issues: [{ message: "must be a region such as `eu-central-1`" }] };
    },
  }),
});
