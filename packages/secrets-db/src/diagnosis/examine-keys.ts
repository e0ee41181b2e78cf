import { type DiagnosisContext, type Finding, printableText } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import { countRowsUnder, usedKeyIds } from "../keys/key-use.ts";
import { readRotationStatus } from "../rotation/rotation-status.ts";

const PREVIOUS = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS";

/** Examines which keys the rows are under, whether this process has them, and what a rotation has left to do. */
export async function examineKeys(
  database: OpenDatabase,
  ring: KeyRing | undefined,
  context: DiagnosisContext,
): Promise<void> {
  if (ring === undefined) return countWithoutKeys(database, context);
  const { fact, finding, signal } = context;
  const { rows, unencrypted, keys, keyProven, next } = await readRotationStatus(database, ring, signal);
  reportRows(rows, unencrypted, context);
  const current = keys.find((key) => key.current);
  fact({
    key: "keys",
    label: "keys",
    value: keys.map(({ keyId, rows, inRing, current, registeredAt, retiredAt }) => ({
      keyId,
      rows,
      known: inRing,
      current,
      registered: registeredAt !== undefined,
      retired: retiredAt !== undefined,
    })),
    text: keys.map(describeKey).join("; "),
  });
  if (!keyProven) {
    finding({
      code: "KEY_MISMATCH",
      severity: "broken",
      message: `${next.instruction}\n${describeMismatch(keys, ring)}`,
      remedy: { variable: variableOfCurrentKey(ring) },
    });
    return;
  }
  if (current?.retiredAt !== undefined) {
    finding({
      code: "KEY_RETIRED",
      severity: "broken",
      message: `The current key ${printableText(current.keyId)} was retired, and a process whose current key is retired does not start. Make the key that replaced it current again, and keep this one in ${PREVIOUS}.`,
      remedy: { variable: variableOfCurrentKey(ring) },
    });
  }
  if (unencrypted > 0) finding(unencryptedRows(unencrypted, context));
  const found = findingOfStep(next);
  if (found !== undefined) finding(found);
}

function reportRows(rows: number, unencrypted: number, { fact }: DiagnosisContext): void {
  fact({ key: "rows", label: "secrets in it", value: rows, text: `${rows}, not encrypted: ${unencrypted}` });
  fact({ key: "unencryptedRows", label: "not encrypted", value: unencrypted, text: "" });
}

/** The variable that a process of this configuration takes its current key from. */
function variableOfCurrentKey({ configured }: KeyRing): string {
  return configured[0]?.variable ?? "ARCHESTRA_SECRETS_ENCRYPTION_SECRET";
}

/** Key ids are no secrets: an operator compares them with those of a process that works. */
function describeMismatch(
  keys: readonly { readonly keyId: string; readonly inRing: boolean }[],
  ring: KeyRing,
): string {
  const ofDatabase = keys.filter(({ inRing }) => !inRing).map(({ keyId }) => printableText(keyId));
  const known =
    ofDatabase.length === 0 ? "" : `The database has the key ${ofDatabase.join(" and the key ")}. `;
  return `${known}This process has the key ${ring.current.id}, from ${variableOfCurrentKey(ring)}.`;
}

function describeKey({
  keyId,
  rows,
  inRing,
  current,
  retiredAt,
}: {
  readonly keyId: string;
  readonly rows: number;
  readonly inRing: boolean;
  readonly current: boolean;
  readonly retiredAt?: Date;
}): string {
  const role = current ? "current" : inRing ? "previous" : "unknown here";
  const retired = retiredAt === undefined ? "" : ", retired";
  return `${printableText(keyId)} (${role}${retired}): ${rows === 1 ? "1 secret" : `${rows} secrets`}`;
}

/** Undefined: the step is none, or is not urgent, or has a finding of its own. */
function findingOfStep({
  action,
  keyId = "",
  instruction,
}: {
  readonly action: string;
  readonly keyId?: string;
  readonly instruction: string;
}): Finding | undefined {
  switch (action) {
    case "add-previous-key":
      return {
        code: "UNKNOWN_KEY",
        severity: "broken",
        message: instruction,
        remedy: { variable: PREVIOUS },
      };
    case "sweep":
      return {
        code: "ROWS_UNDER_OLD_KEY",
        severity: "degraded",
        message: instruction,
        remedy: { command: ["archestra-secrets", "rotate", "sweep"] },
      };
    case "retire":
      return {
        code: "KEY_NOT_RETIRED",
        severity: "degraded",
        message: instruction,
        remedy: { command: ["archestra-secrets", "rotate", "retire", keyId] },
      };
    default:
      return undefined;
  }
}

function unencryptedRows(count: number, { strict }: DiagnosisContext): Finding {
  const rows = count === 1 ? "1 row is" : `${count} rows are`;
  const start = strict
    ? "In strict mode a start stops because of them: start once with ARCHESTRA_SECRETS_STRICT=false."
    : "The next start encrypts those that it can.";
  return {
    code: "UNENCRYPTED_ROWS",
    severity: strict ? "broken" : "degraded",
    message: `${rows} not encrypted by this manager and not served. ${start} If they were not imported, find out which program writes to the table.`,
    remedy: {
      command: ["archestra-secrets", "list", "--limit", "1"],
      text: "Start a process with these settings, such as this program, which encrypts them.",
    },
  };
}

/** The settings are incomplete, which is a finding already. */
async function countWithoutKeys(database: OpenDatabase, context: DiagnosisContext) {
  const { fact, finding, signal, purpose } = context;
  const keyIds = await database.statements.read({ signal }, usedKeyIds);
  let rows = 0;
  const keys: { keyId: string; rows: number; known: boolean }[] = [];
  for (const keyId of keyIds) {
    const count = await countRowsUnder(database, keyId, { signal });
    rows += count;
    keys.push({ keyId, rows: count, known: false });
  }
  const unencrypted = await countRowsUnder(database, null, { signal });
  reportRows(rows + unencrypted, unencrypted, context);
  const text = keys.map(({ keyId, rows }) => `${printableText(keyId)}: ${rows}`).join("; ");
  fact({ key: "keys", label: "keys", value: keys, text: text || "none" });
  if (purpose !== "ownership" || rows + unencrypted === 0) return;
  finding({
    code: "KEY_MISSING",
    severity: "broken",
    message:
      "The database itself holds secrets, and this process has no key to decrypt them: calls for them are refused. Set ARCHESTRA_SECRETS_ENCRYPTION_SECRET to the secret that other processes of this database have.",
    remedy: { variable: "ARCHESTRA_SECRETS_ENCRYPTION_SECRET" },
  });
}
