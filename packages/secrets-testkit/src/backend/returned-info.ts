import type { StoredInfo } from "@archestra/secrets-core/plugin";
import { expectEqual, type Outcome } from "../expectation/expectation.ts";
import type { BackendFixture } from "./backend-fixture.ts";
import type { Operation } from "./operations.ts";

/** Fails unless the version and the times that a change returned are those that another client reads. */
export async function expectReturnedInfo(
  fixture: BackendFixture,
  { name, change }: Operation,
  outcome: Outcome<unknown>,
): Promise<void> {
  if (outcome.failed || change?.value === undefined) return;
  await expectInfoOf(fixture, change.secret, outcome.result as Partial<StoredInfo>, `\`${name}\``);
}

/**
 * Fails unless the version and the times of a secret are those that another client reads.
 *
 * @param call the call that returned them
 */
export async function expectInfoOf(
  fixture: BackendFixture,
  secret: string,
  info: Partial<StoredInfo>,
  call: string,
): Promise<void> {
  const { manager } = await fixture.open();
  const read = await manager.get(secret);
  expectEqual(info.version, read?.version, `the version that ${call} returned, which another client reads,`);
  expectSameTimes(info, read, call);
}

/** A store may omit details that require another request. */
export function expectSameTimes(
  info: Partial<StoredInfo> | undefined,
  expected: Partial<StoredInfo> | undefined,
  call: string,
): void {
  for (const key of ["createdAt", "updatedAt"] as const) {
    if (info?.[key] === undefined || expected?.[key] === undefined) continue;
    expectEqual(info[key], expected[key], `\`${key}\` of ${call}`);
  }
}
