import { expect, test } from "vitest";
import {
  booleanSetting,
  ConfigurationError,
  defineKind,
  definePlugin,
  openStandalone,
  type Plugin,
  type PluginContext,
  slot,
  variable,
} from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

interface Tool {
  readonly address: string;
  readonly context: PluginContext;
  close(): Promise<void>;
}

/** A plugin of a kind of its own, as a package has for a tool. */
function toolPlugin(options: object = {}, close: () => Promise<void> = async () => {}): Plugin<Tool> {
  return definePlugin({
    kind: defineKind<Tool>("tool"),
    id: "TOOL",
    contractVersion: 1,
    options,
    settings: {
      address: variable("TOOL_ADDRESS", { required: true, description: "Where it is." }),
      loud: variable("TOOL_LOUD", { schema: booleanSetting, description: "Whether it is loud." }),
    },
    create: ({ address }, context) => {
      if (address === "broken") throw new Error("a foreign error");
      return { address, context, close };
    },
  });
}

test("a plugin opens alone on its options and variables, and is disposed", async () => {
  let closed = 0;
  const close = async () => void closed++;
  const logger = recordedLogger();
  const { signal } = new AbortController();
  const env = { TOOL_ADDRESS: "there", ARCHESTRA_SECRETS_STRICT: "true" };
  const { product, dispose } = await openStandalone(toolPlugin({}, close), { env, logger, signal });
  expect(product.address).toBe("there");
  expect(product.context).toMatchObject({ signal, strict: true, purpose: "secrets" });
  product.context.logger.warn({ code: "A" }, "a warning");
  expect(logger.warnings).toEqual([{ fields: { code: "A" }, message: "a warning" }]);
  await dispose();
  expect(closed).toBe(1);

  const given = await openStandalone(toolPlugin({ address: "here" }), { env, strict: false });
  expect([given.product.address, given.product.context.strict]).toEqual(["here", false]);
});

test("all problems of its settings are reported at once, before it is opened", async () => {
  const env = { TOOL_LOUD: "maybe", ARCHESTRA_SECRETS_STRICT: "perhaps" };
  const error = await failure(openStandalone(toolPlugin(), { env }));
  expect(error).toBeInstanceOf(ConfigurationError);
  expect((error as ConfigurationError).issues.map(({ variable, problem }) => [variable, problem])).toEqual([
    ["ARCHESTRA_SECRETS_STRICT", "invalid"],
    ["TOOL_ADDRESS", "missing"],
    ["TOOL_LOUD", "invalid"],
  ]);
});

test("openStandalone() throws a SecretsError when opening fails, and a TypeError for an unknown option", async () => {
  const error = await failure(openStandalone(toolPlugin({ address: "broken" }), { env: {} }));
  expect(error).toMatchObject({ code: "INTERNAL", operation: "open", manager: "TOOL" });
  expect(error.message).not.toContain("foreign");
  await expect(openStandalone(toolPlugin(), { nonsense: 1 } as never)).rejects.toThrow(
    new TypeError(
      "opening TOOL has no option `nonsense`. Its options: env, logger, strict, readFile, onlyVariables, startTimeout, signal, plugins.",
    ),
  );
});

test("openStandalone() fills the slots of a plugin from `plugins`, and names what is missing", async () => {
  const part = defineKind<{ readonly name: string }>("part");
  const parts = ["ONE", "TWO"].map((id) =>
    definePlugin({ kind: part, id, contractVersion: 1, settings: {}, create: () => ({ name: id }) }),
  );
  const whole = definePlugin({
    kind: defineKind<{ readonly name: string }>("whole"),
    id: "WHOLE",
    contractVersion: 1,
    settings: { part: slot(part, { variable: "WHOLE_PART", default: "ONE" }) },
    create: ({ part: { name } }) => ({ name }),
  });
  const { product } = await openStandalone(whole, { env: { WHOLE_PART: "two" }, plugins: parts });
  expect(product.name).toBe("TWO");
  const error = await failure(openStandalone(whole, { env: {} }));
  expect((error as ConfigurationError).issues).toMatchObject([{ variable: "WHOLE_PART" }]);
});
