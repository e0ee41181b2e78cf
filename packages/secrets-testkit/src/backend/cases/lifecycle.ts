import { isSecretsError } from "@archestra/secrets-core";
import {
  expectEqual,
  expectFailure,
  expectThat,
  fail,
  outcomeOf,
  show,
  showOutcome,
} from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import { expectAnswer, INITIAL, type Operation, operations, PRESENT } from "../operations.ts";
import { expectChangeOrNone, openDeclared, openWithPresent, secretsIn } from "../store-state.ts";
import { closingCases } from "./closing.ts";
import { interruptedCases } from "./interrupted-calls.ts";
import { openingInOutageCases } from "./opening-in-an-outage.ts";
import { rotatedCases } from "./rotated-credential.ts";
import { silenceCases } from "./silence.ts";

const CLOSE =
  'SecretsBackend.close: "Ends connections, timers and sweeps. Called once, after every other call has ended"';
const START = "PluginDefinition.create: closes everything that it opened before it throws";

export const lifecycleCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "opening: a start that is aborted fails with ABORTED, and the next one succeeds",
    contract: 'PluginContext.signal: "Aborts when the application cancels the start"',
    async run(fixture) {
      await expectFailure("the start", () => fixture.open({ signal: AbortSignal.abort() }), "ABORTED");
      await expectServes(await fixture.open());
    },
  },
  {
    name: "opening: clients that start at the same time all serve",
    contract: START,
    async run(fixture) {
      const clients = await Promise.all(Array.from({ length: 4 }, () => fixture.open()));
      for (const [index, { manager }] of clients.entries()) await manager.create(`a/${index}`, { index });
      for (const { manager } of clients) {
        expectEqual((await manager.get("a/3"))?.value, { index: 3 }, "what every client reads");
      }
    },
  },
  {
    name: "opening: a start changes no secret",
    contract: START,
    async run(fixture) {
      const { manager } = await openWithPresent(fixture);
      const before = await manager.get(PRESENT);
      const { manager: later } = await fixture.open();
      const after = await later.get(PRESENT);
      expectEqual(after?.value, INITIAL, "the value after another start");
      expectEqual(after?.version, before?.version, "the version after another start");
    },
  },
  {
    name: "opening: a start that fails does not spoil the next one",
    contract: START,
    async run(fixture) {
      const lift = await fixture.arrange("unavailable");
      const outcome = await outcomeOf(() => fixture.open());
      // A start that asks the store nothing leaves the fault to the first call.
      if (!outcome.failed) await outcomeOf(() => outcome.result.manager.get("a"));
      await lift();
      const isRight = !outcome.failed || isSecretsError(outcome.error, "UNAVAILABLE");
      expectThat(
        isRight,
        "the start to succeed without the store, or to fail with UNAVAILABLE",
        showOutcome(outcome),
      );
      await expectServes(await fixture.open());
    },
  },
  ...openingInOutageCases,
  ...operations.map(whileOpen),
  ...operations.map(whileClosing),
  ...operations.map(afterClose),
  ...operations.map(alreadyAborted),
  ...interruptedCases,
  ...silenceCases,
  ...closingCases,
  ...rotatedCases,
  {
    name: "closed: written secrets are present for the next client",
    contract: CLOSE,
    async run(fixture) {
      const { manager } = await fixture.openWith({ a: { token: "1" }, b: { token: "1" } });
      await manager.set("a", { token: "2" });
      await manager.delete("b");
      await manager.close();
      const { manager: next } = await fixture.open();
      expectEqual((await next.get("a"))?.value, { token: "2" }, "the value that the closed client wrote");
      expectEqual(await next.has("b"), false, "`has` of the secret that the closed client deleted");
    },
  },
  {
    name: "closed: closing again returns the same promise",
    contract: 'SecretsManager.close: "Calling it again returns the same promise"',
    async run(fixture) {
      const { manager } = await fixture.open();
      const [first, second] = [manager.close(), manager.close()];
      expectThat(first === second, "the same promise", "another one");
      await first;
      await manager[Symbol.asyncDispose]();
    },
  },
  {
    name: "closed: other clients of the store continue",
    contract: CLOSE,
    async run(fixture) {
      const { manager } = await openWithPresent(fixture);
      const other = await fixture.open();
      await manager.close();
      expectEqual((await other.manager.get(PRESENT))?.value, INITIAL, "what another client reads");
      await expectServes(other);
    },
  },
];

function whileOpen(operation: Operation): ConformanceCase<BackendFixture> {
  return {
    name: `open: ${operation.name} succeeds`,
    contract: `SecretsManager.${operation.name.split(" ")[0]}`,
    async run(fixture) {
      const client = await openDeclared(fixture, operation);
      const outcome = await outcomeOf(() => operation.run(client.manager));
      if (outcome.failed) fail(`\`${operation.name}\` to succeed`, showOutcome(outcome));
      expectAnswer(operation, outcome);
      await expectChangeOrNone(fixture, operation, outcome);
    },
  };
}

function whileClosing(operation: Operation): ConformanceCase<BackendFixture> {
  return {
    name: `closing: ${operation.name} in progress ends before close does`,
    contract: CLOSE,
    async run(fixture) {
      const client = await openDeclared(fixture, operation);
      const ends: string[] = [];
      const call = outcomeOf(() => operation.run(client.manager)).finally(() => ends.push("call"));
      const closing = outcomeOf(() => client.manager.close()).finally(() => ends.push("close"));
      await expectFailure(`a new \`${operation.name}\``, () => operation.run(client.manager), "CLOSED");
      const outcome = await call;
      const closed = await closing;
      if (closed.failed) fail("`close` to succeed", showOutcome(closed));
      // Between two steps of a list, no call is in progress.
      const isRight =
        !outcome.failed || (operation.name === "list" && isSecretsError(outcome.error, "CLOSED"));
      expectThat(isRight, `\`${operation.name}\` in progress to succeed`, showOutcome(outcome));
      if (operation.name !== "list") expectEqual(ends, ["call", "close"], "the order in which they end");
      await expectChangeOrNone(fixture, operation, outcome);
    },
  };
}

function afterClose(operation: Operation): ConformanceCase<BackendFixture> {
  return {
    name: `closed: ${operation.name} is CLOSED`,
    contract: 'SecretsManager: "fails with CLOSED after `close`"',
    async run(fixture) {
      const client = await openDeclared(fixture, operation);
      await client.manager.close();
      await expectFailure(`\`${operation.name}\``, () => operation.run(client.manager), "CLOSED");
      await expectUnchanged(fixture);
    },
  };
}

function alreadyAborted(operation: Operation): ConformanceCase<BackendFixture> {
  return {
    name: `aborted: ${operation.name} is ABORTED`,
    contract: 'CallOptions.signal: "before a change was sent with ABORTED"',
    async run(fixture) {
      const client = await openDeclared(fixture, operation);
      const signal = AbortSignal.abort();
      await expectFailure(
        `\`${operation.name}\``,
        () => operation.run(client.manager, { signal }),
        "ABORTED",
      );
      await expectUnchanged(fixture);
    },
  };
}

async function expectUnchanged(fixture: BackendFixture): Promise<void> {
  expectEqual(await secretsIn(fixture), { present: INITIAL, absent: undefined }, "the secrets afterwards");
}

async function expectServes({ manager }: BackendClient): Promise<void> {
  await manager.create("serves", { token: "1" });
  const secret = await manager.get("serves");
  expectThat(secret?.value.token === "1", "the client to read what it wrote", show(secret?.value));
}
