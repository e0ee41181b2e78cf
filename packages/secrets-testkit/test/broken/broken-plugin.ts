import type { PluginHarness } from "../../src/index.ts";

/** A plugin whose descriptor breaks one rule, and what the suite must find. */
export interface BrokenPlugin {
  readonly plugin: PluginHarness["plugin"];
  /** Every case that fails, as `group: name`; no other one may. */
  readonly fails: readonly string[];
}
