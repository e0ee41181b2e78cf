import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import { assertExactNumbers, type SecretValue } from "@archestra/secrets-core/plugin";
import { classifyStoredValue, decryptValue, parseJsonObject } from "../encryption/envelope.ts";
import { secretPlace } from "../encryption/envelope-place.ts";
import type { KeyRing } from "../encryption/key-ring.ts";
import type { ArchestraContent, ArchestraRow } from "./open-archestra-table.ts";

/** A row as the query returns it. */
export interface StoredRow {
  readonly id: string;
  /** JSON as text. */
  readonly secret: string | null;
  /** The other columns, as JSON. */
  readonly columns: string;
}

/** Reads a row of Archestra's table. A row that cannot be read is a result, since the others can. */
export function readArchestraRow({ id, secret, columns }: StoredRow, ring: KeyRing): ArchestraRow {
  const { name, is_vault, vault_path, updated_at } = JSON.parse(columns) as Record<string, unknown>;
  const updatedAt = typeof updated_at === "string" ? parseTimestamp(updated_at) : undefined;
  return {
    id,
    name: typeof name === "string" ? name : "secret",
    ...(updatedAt === undefined ? {} : { updatedAt }),
    content: contentOf(),
  };

  function contentOf(): ArchestraContent {
    if (is_vault === true) {
      return typeof vault_path === "string" && vault_path !== ""
        ? { kind: "external", path: vault_path }
        : { kind: "vault" };
    }
    try {
      return { kind: "value", value: readValue(secret ?? "", id, ring) };
    } catch (error) {
      if (isSecretsError(error)) return { kind: "failed", error };
      throw error;
    }
  }
}

function readValue(stored: string, id: string, ring: KeyRing): SecretValue {
  const json = decryptedJson(envelopeAlone(stored), id, ring);
  const value = parseJsonObject(json);
  if (value === undefined) {
    throw new SecretsError("INVALID_VALUE", "The stored value is not a JSON object.", {
      reason: "NOT_AN_OBJECT",
    });
  }
  assertExactNumbers(json);
  return value as SecretValue;
}

function decryptedJson(stored: string, id: string, ring: KeyRing): string {
  const found = classifyStoredValue(stored);
  switch (found.kind) {
    case "plaintext":
      return found.json;
    case "v1":
      return decryptValue(found, ring, secretPlace(id, id));
    default:
      throw new SecretsError(
        "DECRYPTION_FAILED",
        "The stored value is an envelope that Archestra does not write, or is damaged. Restore the row from a backup, or set the secret again.",
        { reason: "UNSUPPORTED_ENVELOPE" },
      );
  }
}

/** Archestra decrypts an envelope that has other properties beside it, and ignores them. */
function envelopeAlone(stored: string): string {
  const envelope = parseJsonObject(stored)?.__encrypted;
  return typeof envelope === "string" && /^v[0-9]+:/.test(envelope)
    ? JSON.stringify({ __encrypted: envelope })
    : stored;
}

/** A time without a zone is UTC: Archestra writes it so. */
function parseTimestamp(text: string): Date | undefined {
  const date = new Date(/(Z|[+-]\d\d(:?\d\d)?)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
