import { isDeepStrictEqual } from "node:util";
import { isSecretsError, type SecretsManager } from "@archestra/secrets-core";
import type { SecretValue } from "@archestra/secrets-core/plugin";
import { expectEqual, fail, type Outcome, show, showOutcome } from "../expectation/expectation.ts";
import { NotDeclared } from "../runner/case-ending.ts";
import type { BackendClient, BackendFixture } from "./backend-fixture.ts";
import { ABSENT, hasOperation, INITIAL, type Operation, PRESENT } from "./operations.ts";

/** The values of the two secrets of each call. */
export interface SecretsState {
  readonly present: SecretValue | undefined;
  readonly absent: SecretValue | undefined;
}

/** Opens a client of a store with one secret. */
export function openWithPresent(fixture: BackendFixture): Promise<BackendClient> {
  return fixture.openWith({ [PRESENT]: INITIAL });
}

/** Opens a client of a store with one secret. Ends the case if the backend does not support the call. */
export async function openDeclared(fixture: BackendFixture, operation: Operation): Promise<BackendClient> {
  const client = await openWithPresent(fixture);
  if (hasOperation(operation, client.backend.capabilities)) return client;
  throw new NotDeclared("`capabilities.list` is not true");
}

/** Reads both secrets with another client. */
export async function secretsIn(fixture: BackendFixture): Promise<SecretsState> {
  const { manager } = await fixture.open();
  const [present, absent] = [await manager.get(PRESENT), await manager.get(ABSENT)];
  return { present: present?.value, absent: absent?.value };
}

/** The states before and after a call that was executed. */
function statesOf({ change }: Operation): { readonly before: SecretsState; readonly after: SecretsState } {
  const before: SecretsState = { present: INITIAL, absent: undefined };
  if (change === undefined) return { before, after: before };
  const key = change.secret === PRESENT ? "present" : "absent";
  return { before, after: { ...before, [key]: change.value } };
}

/**
 * Fails unless the state of the store matches the outcome of a call: changed after success, unchanged after an error, one
 * of the two after OUTCOME_UNKNOWN.
 */
export async function expectChangeOrNone(
  fixture: BackendFixture,
  operation: Operation,
  outcome: Outcome<unknown>,
): Promise<void> {
  const { before, after } = statesOf(operation);
  const state = await secretsIn(fixture);
  if (outcome.failed && isSecretsError(outcome.error, "OUTCOME_UNKNOWN")) {
    if (isDeepStrictEqual(state, before) || isDeepStrictEqual(state, after)) return;
    fail(`the old state or the new one after OUTCOME_UNKNOWN`, show(state));
  }
  const what = `the secrets after \`${operation.name}\`, of which ${showOutcome(outcome)},`;
  expectEqual(state, outcome.failed ? before : after, what);
}

/**
 * Fails unless the secret that a call changes has a value that matches the outcome, as `expectChangeOrNone` for calls on
 * secrets of their own.
 *
 * @param call the call, as in "`set` after a hung `get`"
 */
export async function expectClaimIn(
  reader: SecretsManager,
  { change }: Operation,
  outcome: Outcome<unknown>,
  call: string,
): Promise<void> {
  if (change === undefined) return;
  const value = (await reader.get(change.secret))?.value;
  const isUnknown = outcome.failed && isSecretsError(outcome.error, "OUTCOME_UNKNOWN");
  if (isUnknown && isDeepStrictEqual(value, change.before)) return;
  const expected = outcome.failed && !isUnknown ? change.before : change.value;
  expectEqual(value, expected, `the secret of ${call}, of which ${showOutcome(outcome)},`);
}
