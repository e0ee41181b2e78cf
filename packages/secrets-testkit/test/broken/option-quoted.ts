import { pluginOf, sampleSettings } from "../support/sample-plugin.ts";
import type { BrokenPlugin } from "./broken-plugin.ts";

/** Checks an option in the factory, by an error that quotes it. */
export const optionQuoted: BrokenPlugin = {
  plugin(options) {
    const { mode } = (options ?? {}) as { readonly mode?: unknown };
    if (mode !== undefined && mode !== "fast" && mode !== "safe") {
      throw new TypeError(`The mode ${JSON.stringify(mode)} is not known.`);
    }
    return pluginOf(sampleSettings, options);
  },
  fails: ["redaction: SAMPLE_MODE: a secret that is put there by mistake is shown nowhere"],
};
