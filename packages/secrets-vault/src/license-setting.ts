import type { StandardSchema } from "@archestra/secrets-core/plugin";

const deactivating = new Set(["", "false", "0", "no", "off"]);

/** A switch that any text turns on, except `false`, `0`, `no` and `off`; in code also a boolean. No license is checked. */
export const licenseSetting: StandardSchema<string | boolean, boolean> = Object.freeze({
  "~standard": Object.freeze({
    version: 1 as const,
    vendor: "archestra",
    validate(input: unknown) {
      if (typeof input === "boolean") return { value: input };
      if (typeof input === "string") return { value: !deactivating.has(input.trim().toLowerCase()) };
      return { issues: [{ message: "must be a string or a boolean" }] };
    },
  }),
});
