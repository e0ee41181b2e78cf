import type { SecretsManager } from "@archestra/secrets-core";
import type { StoredInfo } from "@archestra/secrets-core/plugin";
import { expectEqual, type Outcome } from "../expectation/expectation.ts";
import type { Operation } from "./operations.ts";

/**
 * Fails unless the version and the times that a change returned are those that another client reads.
 *
 * @param reader opened before the change, and has not read the secret
 */
export async function expectReturnedInfo(
  reader: SecretsManager,
  { name, change }: Operation,
  outcome: Outcome<unknown>,
): Promise<void> {
  if (outcome.failed || change?.value === undefined) return;
  await expectInfoOf(reader, change.secret, outcome.result as Partial<StoredInfo>, `\`${name}\``);
}

/**
 * Fails unless the version and the times of a secret are those that another client reads.
 *
 * @param reader opened before the write, and has not read the secret
 * @param call the call that returned them
 */
export async function expectInfoOf(
  reader: SecretsManager,
  secret: string,
  info: Partial<StoredInfo>,
  call: string,
): Promise<void> {
  const read = await reader.get(secret);
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
