import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { SecretsManager } from "@archestra/secrets-core";
import { expectThat, fail, type Outcome, outcomeOf } from "../../expectation/expectation.ts";
import { expectNotShown, plantedText } from "../../redaction/planted-text.ts";
import { HarnessGap, NotDeclared } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";

const NEVER = "SecretsError: it never contains a value, a key, a token, or the body of a request or response";
const channels = ["archestra.secrets.operation.start", "archestra.secrets.operation.end"];
const faults: readonly Fault[] = [
  "unauthenticated",
  "permission-denied",
  "rate-limited",
  "unavailable",
  "timeout",
  "lost-answer",
  "hanging-answer",
  "nonsense",
];
const SHORT_TIMEOUT = 300;

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
        expectNotShown([text], thing, "what a call returns");
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
      expectErrorsShowNothing([...texts, ...secretSettings(fixture)], outcomes);
    },
  },
  {
    name: "events of calls show no value",
    contract: "CallEvent: it never contains a value",
    async run(fixture) {
      const texts = [plantedText(), plantedText()];
      const events: unknown[] = [];
      const record = (event: unknown) => void events.push(structuredClone(event));
      for (const name of channels) subscribe(name, record);
      try {
        const { manager } = await fixture.openWith({ a: { token: texts[0] as string } });
        await manager.get("a");
        await manager.update("a", ({ token = "" }) => ({ token: [token, texts[1] as string] }));
        await refuseEveryCall(manager, { token: texts[1] as string });
      } finally {
        for (const name of channels) unsubscribe(name, record);
      }
      expectThat(events.length > 0, "events of the calls", "none");
      expectNotShown([...texts, ...secretSettings(fixture)], events, "an event");
    },
  },
  {
    name: "warnings show no value",
    contract: 'Logger: "Neither argument ever contains the value of a secret"',
    async run(fixture) {
      const texts = [plantedText(), plantedText()];
      const processWarnings: unknown[] = [];
      const record = (warning: unknown) => void processWarnings.push(warning);
      process.on("warning", record);
      try {
        const { manager } = await fixture.openWith({ a: { token: texts[0] as string } });
        await manager.get("a");
        await refuseEveryCall(manager, { token: texts[1] as string });
        await manager.close();
        // Warnings of the process are emitted on the next tick.
        await new Promise((resolve) => setImmediate(resolve));
      } finally {
        process.off("warning", record);
      }
      const planted = [...texts, ...secretSettings(fixture)];
      expectNotShown(planted, fixture.warnings, "a warning");
      expectNotShown(planted, processWarnings, "a warning of the process");
    },
  },
  ...faults.map(faultShowsNothing),
  {
    name: "a stored text that is no value is not quoted",
    contract: NEVER,
    async run(fixture) {
      const text = plantedText();
      const { manager } = await fixture.openWith({ a: { token: "1" } });
      const outcomes: Outcome<unknown>[] = [];
      for (const stored of [text, `{"token":"${text}`, JSON.stringify([text]), JSON.stringify(text)]) {
        await fixture.seedRaw("a", stored);
        outcomes.push(await outcomeOf(() => manager.get("a")));
        const answer = (await manager.getMany(["a"])).get("a");
        if (answer?.status === "failed") outcomes.push({ failed: true, error: answer.error });
      }
      expectErrorsShowNothing([text], outcomes);
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
        expectNotShown([...texts, ...texts.flatMap(encodings)], form, "what the store holds");
      }
    },
  },
  {
    name: "the description shows no secret setting",
    contract:
      'SecretsManager.describe: "safe to show to a user"; SecretsBackend.location: "Never a credential"',
    async run(fixture) {
      const { manager, backend } = await fixture.open();
      expectNotShown(secretSettings(fixture), [manager.describe(), backend.location], "the description");
    },
  },
];

function faultShowsNothing(fault: Fault): ConformanceCase<BackendFixture> {
  return {
    name: `errors of ${fault} show no value`,
    contract: NEVER,
    async run(fixture) {
      fixture.needsFault(fault);
      const texts = [plantedText(), plantedText()];
      await fixture.openWith({ a: { token: texts[0] as string } });
      const { manager } = await fixture.open({ timeout: SHORT_TIMEOUT });
      const value = { token: texts[1] as string };
      const outcomes: Outcome<unknown>[] = [];
      for (const call of [
        () => manager.set("a", value),
        () => manager.get("a"),
        () => manager.create("b", value),
        () => manager.update("a", value),
      ]) {
        const lift = await fixture.arrange(fault);
        outcomes.push(await outcomeOf(call));
        await lift();
      }
      const planted = [...texts, ...secretSettings(fixture)];
      expectErrorsShowNothing(planted, outcomes);
      expectNotShown(planted, fixture.warnings, "a warning");
    },
  };
}

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

function expectErrorsShowNothing(texts: readonly string[], outcomes: readonly Outcome<unknown>[]): void {
  const errors = outcomes.flatMap((outcome) => (outcome.failed ? [outcome.error] : []));
  for (const error of errors) expectNotShown(texts, error, "an error");
}

/** The values of the variables that are declared secret, which nothing may show either. */
function secretSettings({ store }: BackendFixture): string[] {
  const declarations = store.plugins.flatMap(({ settings }) => Object.values(settings));
  return declarations.flatMap((declaration) => {
    if (declaration.type !== "variable" || declaration.secret !== true) return [];
    const text = store.env?.[declaration.name];
    return text === undefined || text.trim() === "" ? [] : [text];
  });
}

function encodings(text: string): string[] {
  const bytes = Buffer.from(text);
  // Without the last characters, which depend on what follows.
  return [
    bytes.toString("hex"),
    ...[0, 1, 2].map((shift) => bytes.subarray(shift).toString("base64").slice(0, 40)),
  ];
}
