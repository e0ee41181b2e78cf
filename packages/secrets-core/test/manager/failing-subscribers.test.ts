import { expect, test } from "vitest";
import { runNode } from "../support/run-node.ts";

/** Runs calls beside a subscriber, in a process that counts the exceptions that Node reports as uncaught. */
function callsBeside(subscriber: string): Promise<unknown> {
  return runNode(`
    import { AsyncLocalStorage } from "node:async_hooks";
    import { tracingChannel } from "node:diagnostics_channel";
    import { createSecretsManager } from "./src/index.ts";
    import { memoryPlugin } from "./src/memory.ts";
    let uncaught = 0;
    process.on("uncaughtException", () => uncaught++);
    const tracing = tracingChannel("archestra.secrets.operation");
    const fail = () => { throw new Error("The subscriber failed."); };
    ${subscriber}
    const secrets = await createSecretsManager({ plugins: [memoryPlugin()], manager: "MEMORY", env: {} });
    const results = [(await secrets.create("a", { n: 1 })).name, (await secrets.get("a")).value.n];
    results.push(await secrets.update("b", {}).catch(({ code }) => code));
    for await (const { name } of secrets.list()) results.push(name);
    await secrets.close();
    await new Promise((resolve) => setImmediate(resolve));
    console.log(JSON.stringify({ results, uncaught }));
  `);
}

const results = ["a", 1, "NOT_FOUND", "a"];

test.each(["start", "end", "asyncStart", "asyncEnd"])(
  "a subscriber of %s that throws fails no call, and is reported to the process once for each call",
  async (moment) => {
    expect(await callsBeside(`tracing.${moment}.subscribe(fail);`)).toEqual({ results, uncaught: 4 });
  },
);

test("a subscriber that throws does not keep an event from the others", async () => {
  const heard = await runNode(`
    import { tracingChannel } from "node:diagnostics_channel";
    import { createSecretsManager } from "./src/index.ts";
    import { memoryPlugin } from "./src/memory.ts";
    process.on("uncaughtException", () => {});
    const { start, asyncEnd } = tracingChannel("archestra.secrets.operation");
    const heard = [];
    for (const channel of [start, asyncEnd]) {
      channel.subscribe(() => { throw new Error("The subscriber failed."); });
      channel.subscribe(({ outcome }) => heard.push(outcome ?? "start"));
    }
    const secrets = await createSecretsManager({ plugins: [memoryPlugin()], manager: "MEMORY", env: {} });
    await secrets.get("a");
    console.log(JSON.stringify(heard));
  `);
  expect(heard).toEqual(["start", "success"]);
});

test("a function of a bound store that throws fails no call", async () => {
  expect(await callsBeside("tracing.start.bindStore(new AsyncLocalStorage(), fail);")).toMatchObject({
    results,
  });
});

test.each([
  ["throws in place of the call", "run: fail, withScope: fail"],
  ["throws after the call has begun", "run: (_, work) => { work(); fail(); }"],
])("a bound store that %s fails no call, and repeats none", async (_, members) => {
  expect(await callsBeside(`tracing.start.bindStore({ ${members} });`)).toEqual({ results, uncaught: 0 });
});

test("a subscriber that freezes the event fails no call", async () => {
  expect(await callsBeside("tracing.start.subscribe(Object.freeze);")).toEqual({ results, uncaught: 0 });
});

test("a subscriber that replaces members of the event changes no result", async () => {
  const replace = `tracing.start.subscribe((event) => { event.name = "x"; event.operation = "delete"; });`;
  expect(await callsBeside(replace)).toEqual({ results, uncaught: 0 });
});
