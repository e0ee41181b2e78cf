import { describe, expect, test } from "vitest";
import { createSecretsManager, type SecretsManager } from "../../src/index.ts";
import {
  backend,
  definePlugin,
  type PluginContext,
  type SecretsBackend,
  SecretsError,
} from "../../src/plugin.ts";
import { plantedText } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

function start(
  create: (context: PluginContext) => SecretsBackend | Promise<SecretsBackend>,
  options: object = {},
): Promise<SecretsManager> {
  const plugin = definePlugin({
    kind: backend,
    id: "STORE",
    contractVersion: 1,
    settings: {},
    create: (_settings, context) => create(context),
  });
  return createSecretsManager({ plugins: [plugin], env: { ARCHESTRA_SECRETS_MANAGER: "STORE" }, ...options });
}

describe("the start", () => {
  test("hands the plugin the logger, the signal and whether strict mode is on", async () => {
    const contexts: PluginContext[] = [];
    const logger = recordedLogger();
    const { signal } = new AbortController();
    const create = (context: PluginContext) => {
      contexts.push(context);
      return fakeBackend();
    };

    await start(create, { logger, signal, strict: true });
    await start(create, { logger, signal });

    expect(contexts).toMatchObject([{ strict: true }, { strict: false }]);
    expect(contexts[0]?.signal).toBeInstanceOf(AbortSignal);
    expect(logger.warnings).toEqual([]);
    contexts[0]?.logger.warn({ code: "A" }, "a warning");
    expect(logger.warnings).toEqual([{ fields: { code: "A" }, message: "a warning" }]);
  });

  test("that fails with a SecretsError names the manager that did not open", async () => {
    const error = await failure(
      start(() => {
        throw new SecretsError("DECRYPTION_FAILED", "The key is wrong.", { reason: "WRONG_KEY" });
      }),
    );

    expect(error).toMatchObject({
      code: "DECRYPTION_FAILED",
      reason: "WRONG_KEY",
      operation: "open",
      manager: "STORE",
      message: "open (STORE): The key is wrong.",
    });
  });

  test("that fails with a foreign error does not quote its message", async () => {
    const error = await failure(
      start(() => Promise.reject(Object.assign(new Error(plantedText()), { status: 503 }))),
    );
    expect(error).toMatchObject({
      code: "INTERNAL",
      operation: "open",
      cause: { name: "Error", status: 503 },
    });
  });

  test("is ABORTED by its signal, before anything is opened or while it is", async () => {
    const early = start(() => expect.unreachable(), { signal: AbortSignal.abort(new Error(plantedText())) });
    expect(await failure(early)).toMatchObject({ code: "ABORTED", operation: "open", manager: "STORE" });

    const controller = new AbortController();
    const late = start(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
      { signal: controller.signal },
    );
    controller.abort();
    expect((await failure(late)).code).toBe("ABORTED");
  });

  test("of two managers on one plugin gives two stores", async () => {
    let opened = 0;
    const create = () => {
      opened++;
      return fakeBackend();
    };
    await Promise.all([start(create), start(create)]);
    expect(opened).toBe(2);
  });
});
