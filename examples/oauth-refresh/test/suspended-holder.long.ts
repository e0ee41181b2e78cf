import { expect, test } from "vitest";
import { fingerprint } from "../src/fingerprint.ts";
import type { RunningClient } from "../src/running-client.ts";
import type { TokenEvent } from "../src/server-events.ts";
import { SharedGrant } from "./shared-grant.ts";
import { describeEachStore } from "./stores.ts";

const SUSPENSIONS = 25;

describeEachStore((create) => {
  test(`a holder that is suspended past its lease ${SUSPENSIONS} times never writes over the tokens of a new login`, async () => {
    const grant = await open(true, await create());
    for (let count = 0; count < SUSPENSIONS; count++) {
      const { revokedGrants } = grant.server;
      const { holder, answer } = await suspendHolder(grant);
      // The successor sends the refresh token again that the holder has used.
      await grant.server.until(() => grant.server.revokedGrants > revokedGrants);
      const login = await grant.login();
      const { length: later } = grant.server.refreshes;
      await expectOvertaken(holder, answer);
      const successors = grant.server.refreshes.slice(later).map(({ access }) => access);
      expect([fingerprint(login.access_token), ...successors]).toContain(await storedAccess(grant));
    }
    console.log({ suspensions: SUSPENSIONS, rotates: true, revoked: grant.server.revokedGrants });
  });

  test(`a holder that is suspended past its lease ${SUSPENSIONS} times never writes over the tokens of a successor`, async () => {
    const grant = await open(false, await create());
    for (let count = 0; count < SUSPENSIONS; count++) {
      const { length: before } = grant.server.refreshes;
      const { holder, answer } = await suspendHolder(grant);
      const storedBefore = new Map(grant.clients.map((client) => [client, client.eventsOf("stored").length]));
      const successor = () =>
        grant.server.refreshes.slice(before).find(({ process }) => process !== holder.id);
      await grant.server.until(() => successor() !== undefined);
      const client = grant.client((successor() as TokenEvent).process);
      const stored = () => client.next("stored", storedBefore.get(client));
      // In every other round, both write at the same time.
      if (count % 2 === 0) await stored();
      await expectOvertaken(holder, answer);
      await stored();
      const successors = grant.server.refreshes
        .slice(before)
        .filter(({ access }) => access !== answer.access)
        .map(({ access }) => access);
      expect(successors).toContain(await storedAccess(grant));
    }
    console.log({ suspensions: SUSPENSIONS, rotates: false, refreshes: grant.server.refreshes.length });
    expect(grant.server.refusals).toEqual([]);
  });
});

function open(rotates: boolean, env: Readonly<Record<string, string>>): Promise<SharedGrant> {
  return SharedGrant.open(
    2,
    { callers: 2, pause: 50, margin: 1_500, lease: 1_000, isAbortable: false },
    { accessTokenSeconds: 2, answerDelay: 0, rotates },
    env,
  );
}

/** Suspends a process when the server has issued its tokens, and lets the answer arrive then. */
async function suspendHolder(
  grant: SharedGrant,
): Promise<{ readonly holder: RunningClient; readonly answer: TokenEvent }> {
  const { length: held } = grant.server.eventsOf("held");
  grant.server.hold();
  const answer = await grant.server.next("held", held);
  const holder = grant.client(answer.process);
  holder.signal("SIGSTOP");
  // A process that is suspended inside a write of SQLite holds its lock, so no other process can take over.
  while (!(await grant.isWritable())) {
    holder.signal("SIGCONT");
    await grant.isWritable();
    holder.signal("SIGSTOP");
  }
  grant.server.release();
  return { holder, answer };
}

/** Continues the process, whose callers receive an error with the tokens that were not stored. */
async function expectOvertaken(holder: RunningClient, answer: TokenEvent): Promise<void> {
  const { length: before } = holder.failures;
  holder.signal("SIGCONT");
  const failure = await holder.next("failed", before);
  expect(failure).toMatchObject({ code: "CONFLICT", reason: "REFRESH_OVERTAKEN", unstored: answer.access });
}

async function storedAccess(grant: SharedGrant): Promise<string> {
  return fingerprint((await grant.stored()).access_token);
}
