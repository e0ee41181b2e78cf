import { printableText } from "@archestra/secrets-core/plugin";
import type { KeyStatus, RotationStatus } from "./rotation-status.ts";

/** The next safe step of a rotation. */
export interface RotationStep {
  /**
   * `restore-key`: no key of this process belongs to the database. `add-previous-key`: secrets are under a key that this
   * process does not have. `start`: a start encrypts what is not, or registers the current key. `sweep`: secrets are under
   * other keys of this process. `retire`: a key has no secrets any more. `remove-previous-key`: a retired key is still
   * configured. `none`: every secret is under the current key, and no other key is left over.
   */
  readonly action:
    | "restore-key"
    | "add-previous-key"
    | "start"
    | "sweep"
    | "retire"
    | "remove-previous-key"
    | "none";
  /** The key that it is about. Absent: none in particular. */
  readonly keyId?: string;
  /** The action, and its precondition. */
  readonly instruction: string;
}

const PREVIOUS = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS";

/** Finds the next step: the first that applies, in the order in which leaving it undone does harm. */
export function nextStep({
  keys,
  unencrypted,
  keyProven,
}: Pick<RotationStatus, "keys" | "unencrypted" | "keyProven">): RotationStep {
  const current = keys.find((key) => key.current);
  if (!keyProven) {
    return {
      action: "restore-key",
      instruction: `No key of this process belongs to the database. Restore the secret that was used before, or put it into ${PREVIOUS}.`,
    };
  }
  const unknown = keys.find((key) => key.rows > 0 && !key.inRing);
  if (unknown !== undefined) {
    return {
      action: "add-previous-key",
      keyId: unknown.keyId,
      instruction: `${unknown.rows} secrets are under the key ${printableText(unknown.keyId)}, which this process does not have. Put its secret into ${PREVIOUS} of every process.`,
    };
  }
  if (unencrypted > 0 || current?.registeredAt === undefined) {
    return {
      action: "start",
      instruction:
        unencrypted > 0
          ? `${unencrypted} rows are not encrypted. Start a process with this configuration: it encrypts the imported rows.`
          : `The current key ${printableText(current?.keyId ?? "")} is not registered yet. When every process has it in ${PREVIOUS}, start them with it as the current key.`,
    };
  }
  const old = keys.find((key) => key.rows > 0 && !key.current);
  if (old !== undefined) return sweepStep(old, current);
  return afterTheSweep(keys, current);
}

function sweepStep(old: KeyStatus, current: KeyStatus): RotationStep {
  const begins = `${old.rows} secrets are under the key ${printableText(old.keyId)}.`;
  return {
    action: "sweep",
    keyId: old.keyId,
    instruction: current.registeredLast
      ? `${begins} Processes with the current key ${printableText(current.keyId)} move them in the background; a sweep moves them now.`
      : `${begins} Another key than this process's current one, ${printableText(current.keyId)}, was registered last, so nothing moves them by itself. To stay with ${printableText(current.keyId)}, sweep: that registers it as the last. To go on with the other, make it the current key.`,
  };
}

function afterTheSweep(keys: readonly KeyStatus[], current: KeyStatus): RotationStep {
  const leftOver = keys.find(
    (key) =>
      !key.current && !key.registeredLast && key.registeredAt !== undefined && key.retiredAt === undefined,
  );
  if (leftOver !== undefined) {
    return {
      action: "retire",
      keyId: leftOver.keyId,
      instruction: `No secret is under the key ${printableText(leftOver.keyId)}. When the last process that had it as its current key has ended, verify, and retire it.`,
    };
  }
  const retired = keys.find((key) => key.retiredAt !== undefined && key.inRing);
  if (retired !== undefined) {
    return {
      action: "remove-previous-key",
      keyId: retired.keyId,
      instruction: `The key ${printableText(retired.keyId)} is retired. Remove its secret from ${PREVIOUS}.`,
    };
  }
  return {
    action: "none",
    instruction: `Every secret is under the current key ${printableText(current.keyId)}. To change it, put the new secret into ${PREVIOUS} of every process first.`,
  };
}
