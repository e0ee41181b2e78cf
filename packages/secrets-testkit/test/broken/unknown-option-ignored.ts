import { pluginOf, sampleSettings } from "../support/sample-plugin.ts";
import type { BrokenPlugin } from "./broken-plugin.ts";

/** Picks the options that it knows, so that a misspelt one is ignored. */
export const unknownOptionIgnored: BrokenPlugin = {
  plugin(options) {
    const known = Object.entries(options ?? {}).filter(([key]) => Object.hasOwn(sampleSettings, key));
    return pluginOf(sampleSettings, Object.fromEntries(known));
  },
  fails: [
    "options: an unknown option is refused with a TypeError that names it",
    "options: a misspelt option is refused",
  ],
};
