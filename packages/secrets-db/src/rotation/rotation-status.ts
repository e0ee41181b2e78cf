import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { explainUnprovenKeys } from "../keys/key-spelling.ts";
import { countRowsUnder, usedKeyIds } from "../keys/key-use.ts";
import { decryptsCanary, readRegisteredKeys } from "../keys/registered-keys.ts";
import { nextStep, type RotationStep } from "./next-step.ts";

/** One key: of the database, of this process, or of both. */
export interface KeyStatus {
  /** Identifies the key without revealing it. */
  readonly keyId: string;
  /** How many secrets are under it. */
  readonly rows: number;
  /** Whether this process has it, so that it can read them. */
  readonly inRing: boolean;
  /** Whether this process writes with it. */
  readonly current: boolean;
  /** When a process first had it as its current key, or last registered it again. Absent: none did. */
  readonly registeredAt?: Date;
  /** Whether it was registered last: its processes sweep. */
  readonly registeredLast: boolean;
  /** When a sweep last proved that every secret was under it. Absent: none did since it was registered last. */
  readonly sweepDoneAt?: Date;
  /** Absent: it is not retired. */
  readonly retiredAt?: Date;
}

/** Which keys the database uses, and what to do next. */
export interface RotationStatus {
  /** Secrets in the database, encrypted or not. */
  readonly rows: number;
  /** Of these, not encrypted by this manager. */
  readonly unencrypted: number;
  /** The keys in the order of their registration; then those that are only used, then those that only this process has. */
  readonly keys: readonly KeyStatus[];
  /** Whether this process proved that it has a key of the database. */
  readonly keyProven: boolean;
  /** The next safe step. */
  readonly next: RotationStep;
}

/** Counts and compares. Nothing is changed. */
export async function readRotationStatus(
  database: OpenDatabase,
  ring: KeyRing,
  signal: AbortSignal,
): Promise<RotationStatus> {
  const { statements } = database;
  const registered = await statements.read({ signal }, readRegisteredKeys);
  const used = await statements.read({ signal }, usedKeyIds);
  const last = registered.at(-1)?.keyId;
  const ids = new Set([...registered.map(({ keyId }) => keyId), ...used, ...ring.keys.map((key) => key.id)]);
  const keys: KeyStatus[] = [];
  for (const keyId of ids) {
    const registration = registered.find((key) => key.keyId === keyId);
    keys.push({
      keyId,
      rows: used.includes(keyId) ? await countRowsUnder(database, keyId, { signal }) : 0,
      inRing: ring.find(keyId).length > 0,
      current: keyId === ring.current.id,
      registeredLast: keyId === last,
      ...(registration === undefined ? {} : { registeredAt: registration.registeredAt }),
      ...(registration?.sweepDoneAt === undefined ? {} : { sweepDoneAt: registration.sweepDoneAt }),
      ...(registration?.retiredAt === undefined ? {} : { retiredAt: registration.retiredAt }),
    });
  }
  const unencrypted = await countRowsUnder(database, null, { signal });
  const rows = keys.reduce((sum, key) => sum + key.rows, unencrypted);
  const isFresh = registered.length === 0 && used.length === 0;
  const keyProven = isFresh || registered.some((key) => decryptsCanary(ring, key));
  const next = nextStep({ keys, unencrypted, keyProven });
  const needed = registered.filter((key) => next.keyId === undefined || key.keyId === next.keyId);
  const explanations =
    next.action === "restore-key" || next.action === "add-previous-key"
      ? explainUnprovenKeys(ring, needed)
      : [];
  const instruction = [next.instruction, ...explanations].join("\n");
  return { rows, unencrypted, keys, keyProven, next: { ...next, instruction } };
}
