export { type SampleOptions, samplePlugin } from "./sample-plugin.ts";
export { SampleStore, type StoreFault } from "./sample-store.ts";
