export { type SampleOptions, samplePlugin } from "./sample-plugin.ts";
export { SampleStore } from "./sample-store.ts";
