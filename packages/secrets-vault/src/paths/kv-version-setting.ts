import type { StandardSchema } from "@archestra/secrets-core/plugin";
import type { KvVersion } from "./secret-paths.ts";

/** `1` or `2`, in code also a number. */
export const kvVersionSetting: StandardSchema<string | number, KvVersion> = Object.freeze({
  "~standard": Object.freeze({
    version: 1 as const,
    vendor: "archestra",
    validate(input: unknown) {
      const text = String(input).trim();
      if (text === "1" || text === "2") return { value: Number(text) as KvVersion };
      return { issues: [{ message: "must be `1` or `2`" }] };
    },
  }),
});
