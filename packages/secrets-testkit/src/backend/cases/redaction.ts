import type { SecretsManager } from "@archestra/secrets-core";
import { expectThat, fail, type Outcome, outcomeOf } from "../../expectation/expectation.ts";
import { plantedText } from "../../redaction/planted-text.ts";
import { HarnessGap, NotDeclared } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { expectHidden, secretSettings } from "../hidden-texts.ts";
import { recordOutput } from "../recorded-output.ts";
import { equalValueCases } from "./equal-values.ts";
import { redactionOfFaultsCases } from "./redaction-of-faults.ts";
import { redactionOfStartsCases } from "./redaction-of-starts.ts";

const NEVER = "SecretsError: it never contains a value, a key, a token, or the body of a request or response";
export const redactionCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a secret that is printed, logged or serialised shows no value",
    contract: "Secret: only `secret.value` reveals the value",
    async run(fixture) {
      const text = plantedText();
      const { manager } = await fixture.openWith({ a: { token: text } });
      const many = await manager.getMany(["a"]);
      const info = await manager.set("a", { token: text });
      for (const thing of [await manager.get("a"), many, info, manager, manager.describe()]) {
        expectHidden(fixture, [text], thing, "what a call returns");
      }
    },
  },
  {
    name: "errors of refused calls show no value",
    contract: NEVER,
    async run(fixture) {
      const texts = [plantedText(), plantedText()];
      const { manager } = await fixture.openWith({ a: { token: texts[0] as string } });
      const outcomes = await refuseEveryCall(manager, { token: texts[1] as string });
      expectErrorsShowNothing(fixture, [...texts, ...secretSettings(fixture)], outcomes);
    },
  },
  {
    name: "events of calls show no value",
    contract: "CallEvent: it never contains a value",
    async run(fixture) {
      const texts = [plantedText(), plantedText()];
      const { events } = await recordOutput(async () => {
        const { manager } = await fixture.openWith({ a: { token: texts[0] as string } });
        await manager.get("a");
        await manager.update("a", ({ token = "" }) => ({ token: [token, texts[1] as string] }));
        await refuseEveryCall(manager, { token: texts[1] as string });
      });
      expectThat(events.length > 0, "events of the calls", "none");
      expectHidden(fixture, [...texts, ...secretSettings(fixture)], events, "an event");
    },
  },
  {
    name: "warnings show no value",
    contract: 'Logger: "Neither argument ever contains the value of a secret"',
    async run(fixture) {
      const texts = [plantedText(), plantedText()];
      const { processWarnings } = await recordOutput(async () => {
        const { manager } = await fixture.openWith({ a: { token: texts[0] as string } });
        await manager.get("a");
        await refuseEveryCall(manager, { token: texts[1] as string });
        await manager.close();
      });
      const planted = [...texts, ...secretSettings(fixture)];
      expectHidden(fixture, planted, fixture.warnings, "a warning");
      expectHidden(fixture, planted, processWarnings, "a warning of the process");
    },
  },
  ...redactionOfFaultsCases,
  ...redactionOfStartsCases,
  {
    name: "a stored text that is no value is not quoted",
    contract: NEVER,
    async run(fixture) {
      const text = plantedText();
      const { manager, backend } = await fixture.openWith({ a: { token: "1" } });
      const outcomes: Outcome<unknown>[] = [];
      const damaged = [
        text,
        `{"token":"${text}`,
        `{"token":"${text.slice(0, 20)}" ${text.slice(20)}}`,
        `{"token":"1",${text}}`,
        JSON.stringify([text]),
        JSON.stringify(text),
      ];
      const output = await recordOutput(async () => {
        for (const stored of damaged) {
          await fixture.seedRaw("a", stored);
          outcomes.push(await outcomeOf(() => manager.get("a")));
          const answer = (await manager.getMany(["a"])).get("a");
          if (answer?.status === "failed") outcomes.push({ failed: true, error: answer.error });
          outcomes.push(await outcomeOf(() => manager.update("a", () => ({ token: "2" }))));
          outcomes.push(await outcomeOf(() => manager.check({ count: true })));
          if (backend.capabilities.list)
            outcomes.push(await outcomeOf(() => Array.fromAsync(manager.list())));
        }
      });
      expectErrorsShowNothing(fixture, [text], outcomes);
      expectHidden(fixture, [text], [output, fixture.warnings], "an event or a warning");
    },
  },
  {
    name: "the stored form hides the value",
    contract: "TestStore.encrypted: whether the store hides values",
    async run(fixture) {
      if (fixture.store.encrypted !== true) throw new NotDeclared("the store's `encrypted` is not true");
      if (fixture.store.readRaw === undefined) throw new HarnessGap("the harness has no `readRaw`");
      const texts = [plantedText(), plantedText(), plantedText()];
      const [key, first, second] = texts as [string, string, string];
      const { manager } = await fixture.openWith({ a: { [key]: first } });
      const forms = [await fixture.readRaw("a")];
      await manager.set("a", { [key]: second });
      forms.push(await fixture.readRaw("a"));
      for (const form of forms) {
        if (form === undefined) fail("`readRaw` to find a secret that is there", "undefined");
        expectHidden(fixture, texts, form, "what the store holds");
      }
    },
  },
  ...equalValueCases,
  {
    name: "the description shows no secret setting",
    contract:
      'SecretsManager.describe: "safe to show to a user"; SecretsBackend.location: "Never a credential"',
    async run(fixture) {
      const { manager, backend } = await fixture.open();
      expectHidden(
        fixture,
        secretSettings(fixture),
        [manager.describe(), backend.location],
        "the description",
      );
    },
  },
];

/** Calls of which each is refused by the store, or would be. */
async function refuseEveryCall(
  manager: SecretsManager,
  value: { token: string },
): Promise<Outcome<unknown>[]> {
  const ifVersion = (await manager.get("a"))?.version ?? "none";
  const calls = [
    () => manager.create("a", value),
    () => manager.update("none", value),
    () => manager.update("none", () => value),
    () => manager.update("a", value, { ifVersion: `${ifVersion}0` }),
    () => manager.delete("a", { ifVersion: `${ifVersion}0` }),
    () => manager.set("..", value),
    () => manager.set("a", value, { signal: AbortSignal.abort() }),
  ];
  const outcomes: Outcome<unknown>[] = [];
  for (const call of calls) outcomes.push(await outcomeOf<unknown>(call));
  return outcomes;
}

function expectErrorsShowNothing(
  fixture: BackendFixture,
  texts: readonly string[],
  outcomes: readonly Outcome<unknown>[],
): void {
  for (const outcome of outcomes) {
    if (outcome.failed) expectHidden(fixture, texts, outcome.error, "an error");
    else expectHidden(fixture, texts, outcome.result, "what a call returns");
  }
}
