import type { SecretsManager } from "../../src/index.ts";
import { plantedValue } from "../planted.ts";

type Run = (manager: SecretsManager, options?: { signal?: AbortSignal }) => Promise<unknown>;

/** Every call that changes a secret, on the secret `a`. */
export const writingCalls: readonly [call: string, run: Run][] = [
  ["create", (manager, options) => manager.create("a", plantedValue(), options)],
  ["set", (manager, options) => manager.set("a", plantedValue(), options)],
  ["update", (manager, options) => manager.update("a", plantedValue(), options)],
  ["update with a function", (manager, options) => manager.update("a", () => plantedValue(), options)],
  ["delete", (manager, options) => manager.delete("a", options)],
];

/** Every call that changes nothing. */
export const readingCalls: readonly [call: string, run: Run][] = [
  ["get", (manager, options) => manager.get("a", options)],
  ["getMany", (manager, options) => manager.getMany(["a", "b"], options)],
  ["has", (manager, options) => manager.has("a", options)],
  ["list", (manager, options) => Array.fromAsync(manager.list(options))],
];

/** `check` stands apart where a failure is its answer. */
export const checkCall: [call: string, run: Run] = ["check", (manager, options) => manager.check(options)];
