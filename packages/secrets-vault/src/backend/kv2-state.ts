import type { SecretValue } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import { isAbsence, isDeletedVersion } from "../client/absence.ts";
import { readStoredVersion, type StoredVersion } from "./stored-version.ts";

/** What a read of a secret on KV 2 showed. */
export type Kv2State =
  | { readonly kind: "present"; readonly stored: StoredVersion; readonly value: SecretValue }
  /** Somebody deleted or destroyed the version: absent to callers, and its counter is the one to write under. */
  | { readonly kind: "deleted"; readonly stored: StoredVersion }
  | { readonly kind: "absent" }
  /** Its value is lost or none, and the rest of it is not. */
  | { readonly kind: "damaged"; readonly error: unknown };

/** Reads the answer to a read. Undefined: it is not what Vault sends; `unreadable`: it is, but for the value. */
export function readState(
  answer: VaultAnswer,
): Exclude<Kv2State, { kind: "damaged" }> | "unreadable" | undefined {
  const { status, data, requestId } = answer;
  if (isAbsence(answer)) return { kind: "absent" };
  if (typeof data !== "object" || data === null) return undefined;
  const { data: value, metadata } = data as Readonly<Record<string, unknown>>;
  const stored = readStoredVersion(metadata);
  if (stored === undefined) return undefined;
  if (isDeletedVersion(answer)) return { kind: "deleted", stored };
  if (status !== 200) return undefined;
  // What is unreadable may be overwritten, so it has to be Vault that sent it.
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return requestId === undefined ? undefined : "unreadable";
  return { kind: "present", stored, value: value as SecretValue };
}
