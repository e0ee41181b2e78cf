import { afterAll, describe, expect, test } from "vitest";
import { runPluginSuite } from "../src/index.ts";
import { testPlugin } from "../src/vitest.ts";
import { defaultRefused } from "./broken/default-refused.ts";
import { optionQuoted } from "./broken/option-quoted.ts";
import { refusedTextQuoted } from "./broken/refused-text-quoted.ts";
import { secretQuoted } from "./broken/secret-quoted.ts";
import { unknownOptionIgnored } from "./broken/unknown-option-ignored.ts";
import { variableShared } from "./broken/variable-shared.ts";
import { sampleHarness } from "./support/sample-plugin.ts";

const sample = testPlugin({ name: "a plugin with a setting of every sort", harness: sampleHarness() });

afterAll(() => {
  const { complete, summary, cases } = sample.report();
  expect({ complete, gap: summary.gap, failed: summary.failed }).toEqual({
    complete: true,
    gap: 0,
    failed: 0,
  });
  const unsupported = cases.filter(({ status }) => status === "unsupported");
  expect(unsupported.map(({ name }) => name)).toEqual([
    "SAMPLE_ADDRESS: invalid",
    "SAMPLE_TOKEN: invalid",
    "SAMPLE_PASSWORD: invalid",
  ]);
});

describe("a broken descriptor fails exactly the cases about the fault", () => {
  const brokenPlugins = {
    defaultRefused,
    optionQuoted,
    refusedTextQuoted,
    secretQuoted,
    unknownOptionIgnored,
    variableShared,
  };

  test.each(Object.entries(brokenPlugins))("%s", async (name, { plugin, fails }) => {
    const { cases } = await runPluginSuite({ name, harness: sampleHarness(plugin) });
    const failed = cases.filter(({ status }) => status === "failed");
    expect(failed.map((result) => `${result.group}: ${result.name}`)).toEqual(fails);
  });
});

test("a variable without a text in the harness, and a slot without plugins, are gaps", async () => {
  const { plugin, accepted } = sampleHarness();
  const { SAMPLE_MODE: _, ...others } = accepted;
  const { cases } = await runPluginSuite({ name: "bare", harness: { plugin, accepted: others } });
  const gaps = cases.filter(({ status }) => status === "gap").map(({ name }) => name);
  expect(gaps).toContain("SAMPLE_MODE: set");
  expect(gaps).toContain("SAMPLE_KEY: invalid");
  expect(gaps).toContain("SAMPLE_LOGIN: not set, empty or blank chooses the default");
});

test.each([
  ["that is short", "key-new", "it has fewer than 8 characters"],
  ["that is a word", "password", "it consists only of letters"],
])(
  "an accepted text of a secret variable %s is refused by the name of the variable",
  async (_what, text, problem) => {
    const { accepted, ...others } = sampleHarness();
    const harness = { ...others, accepted: { ...accepted, SAMPLE_TOKEN: text } };
    const { cases, summary } = await runPluginSuite({ name: "word", harness });
    expect(summary).toMatchObject({ passed: 0, failed: 1, gap: cases.length - 1 });
    expect(cases[0]?.reason).toContain("`accepted.SAMPLE_TOKEN` of the harness");
    expect(cases[0]?.reason).toContain(problem);
    expect(cases[0]?.reason).not.toContain(text);
  },
);
