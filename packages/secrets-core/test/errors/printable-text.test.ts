import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { migrateSecrets, SecretsError } from "../../src/index.ts";
import { ConfigurationError, printableText, wrapError } from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { TwoStores } from "../support/two-stores.ts";

/** A line break, a terminal's escape, C1, bidirectional and invisible marks, half of a surrogate pair. */
const hostile = "x\n\r\u001b[31m\u009b2J\u0085\u202edlog\u2066\u200b\u2028\ufeff\ud83d";
const obeyed = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe("a text of unknown origin in a message", () => {
  test("contains no control character, and is truncated", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const shown = printableText(text);
        expect(shown).not.toMatch(obeyed);
        expect(shown.length).toBeLessThanOrEqual(201 * 10);
        expect(printableText(shown, Number.POSITIVE_INFINITY)).toBe(shown);
      }),
    );
    expect(printableText(hostile)).toBe(
      "x\\u{a}\\u{d}\\u{1b}[31m\\u{9b}2J\\u{85}\\u{202e}dlog\\u{2066}\\u{200b}\\u{2028}\\u{feff}\\u{d83d}",
    );
    expect(printableText("github_token (é, 漢, 🙂): “a”")).toBe("github_token (é, 漢, 🙂): “a”");
  });
});

/** All that a log could get of an error, but for its lines. */
function shownBy(error: SecretsError): string {
  return [JSON.stringify(error.toJSON()), error.message, error.stack].join(" ").replaceAll("\n", " ");
}

test.each([
  ["its message", () => new SecretsError("INTERNAL", `failed: ${hostile}`)],
  ["its manager", () => new SecretsError("INTERNAL", "failed", { manager: hostile })],
  ["its secret", () => new SecretsError("INTERNAL", "failed", { secretName: hostile })],
  ["its issues", () => new ConfigurationError("failed", [{ problem: "invalid", expected: hostile }])],
  [
    "the call that it ended",
    () =>
      wrapError(new SecretsError("INTERNAL", "failed"), {
        operation: "get",
        manager: hostile,
        secretName: hostile,
      }),
  ],
])("an error escapes %s", (_what, make) => {
  expect(shownBy(make())).not.toMatch(obeyed);
});

test("a warning of a plugin is escaped in its message and its fields, and so is a problem of check()", async () => {
  const logger = recordedLogger();
  const manager = await openBackend(
    fakeBackend({
      check: async (_options, context) => {
        context.logger.warn(
          { code: "A", list: [hostile], nested: { [hostile]: hostile }, count: 5 },
          hostile,
        );
        return {
          status: "degraded",
          problems: [{ code: "INTERNAL", message: hostile }],
          countByManager: { [hostile]: 1 },
        };
      },
    }),
    { logger },
  );

  const health = await manager.check();

  expect(logger.warnings).toHaveLength(1);
  expect(logger.warnings[0]?.fields.count).toBe(5);
  const shown = [health, logger.warnings].map((thing) => JSON.stringify(thing).replaceAll("\\n", " "));
  for (const text of shown) {
    expect(text).not.toMatch(obeyed);
    expect(text).not.toContain("\\u001b");
  }
});

test("an entry that names a manager with control characters is refused with a message of one line", async () => {
  const stores = new TwoStores();
  for (const [name, state] of [
    ["active", "active"],
    ["creating", "creating"],
  ] as const) {
    stores.table.insert(name, { manager: hostile, state, transitionId: "o" }, undefined);
  }
  const logger = recordedLogger();
  const manager = await stores.open("MEMORY", { logger });

  for (const call of [
    () => manager.get("active"),
    () => manager.create("active", { a: 1 }),
    () => manager.set("creating", { a: 1 }),
    () => manager.delete("active"),
  ]) {
    const error = await failure(call());
    expect(error.message.replaceAll("\n  - ", " ")).not.toMatch(obeyed);
    expect(shownBy(error)).not.toMatch(obeyed);
  }
  await manager.check({ count: true });
  for (const { fields, message } of logger.warnings) {
    expect(message).not.toMatch(obeyed);
    expect(JSON.stringify(fields)).not.toMatch(obeyed);
  }
  expect(JSON.stringify(manager.describe())).not.toMatch(obeyed);
  expect(logger.warnings.length).toBeGreaterThan(0);
});

test("a move reports a name that violates the grammar twice: unchanged, and escaped in the message", async () => {
  const stores = new TwoStores();
  stores.table.insert(hostile, { manager: "MEMORY", state: "active" }, { a: 1 });
  const manager = await stores.open("MEMORY");

  const { failures } = await migrateSecrets(manager, { to: "OUTER" });

  expect(failures.map(({ name }) => name)).toEqual([hostile]);
  for (const { error } of failures) expect(shownBy(error)).not.toMatch(obeyed);
  expect(failures[0]?.error.message).toContain("\\u{202e}");
});

test("a value's path and a refused name are shown escaped", async () => {
  const manager = await openBackend(fakeBackend());
  for (const error of [
    await failure(manager.create("a", { [hostile.slice(0, -1)]: Number.NaN } as never)),
    await failure(manager.get(hostile)),
  ]) {
    expect(error.message).not.toMatch(obeyed);
  }
});
