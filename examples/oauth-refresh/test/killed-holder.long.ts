import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { fingerprint } from "../src/fingerprint.ts";
import type { TokenEvent } from "../src/server-events.ts";
import { SharedGrant } from "./shared-grant.ts";
import { describeEachStore } from "./stores.ts";

const KILLS = 100;
const LEASE_MILLISECONDS = 3_000;
/** Longer than an attempt on a busy machine. */
const LONGEST_DELAY_MILLISECONDS = 100;

describeEachStore((create) => {
  test(`killing the holder at ${KILLS} random moments loses a grant only when the server's answer died with the process`, async () => {
    const grant = await SharedGrant.open(
      3,
      { callers: 3, pause: 50, margin: 1_700, lease: LEASE_MILLISECONDS, isAbortable: true },
      { accessTokenSeconds: 2, answerDelay: 5, rotates: true },
      await create(),
    );
    const { server } = grant;
    const counts = {
      /** Its request had not reached the server. */
      beforeRequest: 0,
      /** The server had issued tokens, and the process had not stored them: the grant cannot be saved. */
      answerLost: 0,
      afterStore: 0,
      /** No process was killed: the machine was too busy to renew the lease in time. */
      leaseEnded: 0,
    };
    const lostTokens = new Set<string>();
    const refused = () => server.refusals.find(({ token }) => !lostTokens.has(token));
    const restore = async (cause: "answerLost" | "leaseEnded", { token }: TokenEvent) => {
      counts[cause]++;
      lostTokens.add(token);
      await grant.login();
    };
    for (let kills = 0; kills < KILLS; ) {
      const holder = await Promise.race([grant.nextHolder(), server.until(() => refused() !== undefined)]);
      const early = refused();
      if (holder === undefined || early !== undefined) {
        if (early !== undefined) {
          expectLeaseEnded(grant, early);
          await restore("leaseEnded", early);
        }
        continue;
      }
      const attempt = holder.eventsOf("attempt").at(-1) as { readonly at: number };
      await sleep(LONGEST_DELAY_MILLISECONDS * Math.random());
      const { length: refreshesBefore } = server.refreshes;
      const failuresBefore = grant.failures.length;
      await grant.kill(holder);
      kills++;
      const replacement = grant.addProcess();
      const next = () => server.refreshes.slice(refreshesBefore).find(({ process }) => process !== holder.id);
      await server.until(() => next() !== undefined || refused() !== undefined);

      const late = refused();
      if (late === undefined) {
        expect(grant.failures.slice(failuresBefore).filter(isUnexpected)).toEqual([]);
        const isStored = server.refreshes.some(
          (one) => one.process === holder.id && one.at >= attempt.at && one.next === next()?.token,
        );
        counts[isStored ? "afterStore" : "beforeRequest"]++;
      } else if (firstUse(grant, late).process === holder.id) {
        expect(fingerprint((await grant.stored()).refresh_token)).toBe(late.token);
        await restore("answerLost", late);
      } else {
        expectLeaseEnded(grant, late);
        await restore("leaseEnded", late);
      }
      await replacement;
    }
    console.log({ kills: KILLS, ...counts, refreshes: server.refreshes.length });
    expect(server.revokedGrants).toBe(counts.answerLost + counts.leaseEnded);
    expect(grant.failures.filter(isUnexpected)).toEqual([]);
  });
});

/** The request in which the server has accepted this refresh token. */
function firstUse({ server }: SharedGrant, { token }: TokenEvent): TokenEvent {
  const uses = server.refreshes.filter((one) => one.token === token);
  expect(uses).toHaveLength(1);
  return uses[0] as TokenEvent;
}

/** The process that was refused started long after the one that was accepted. */
function expectLeaseEnded(grant: SharedGrant, refused: TokenEvent): void {
  const { process, at } = firstUse(grant, refused);
  const attempts = grant.attemptsOf(process).filter((one) => one <= at);
  expect(refused.at - (attempts.at(-1) ?? 0)).toBeGreaterThan(LEASE_MILLISECONDS / 2);
}

/** Calls fail only after a grant has been revoked. */
function isUnexpected({ code, reason }: { readonly code: string; readonly reason?: string | undefined }) {
  const known = ["GRANT_ENDED", "FAILED_ELSEWHERE", "REFRESH_PAUSED"];
  return code === "REFRESH_FAILED" ? !known.includes(reason ?? "") : code !== "The resource answered 401.";
}
