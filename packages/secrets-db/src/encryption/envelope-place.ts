import { KEYS_TABLE, SECRETS_TABLE } from "../schema/tables.ts";

/** The purpose of an envelope. Each purpose has keys of its own, so that none is an oracle for another. */
export type EnvelopePurpose = "value" | "canary";

/** Where an envelope is stored. It is bound to this place and cannot be decrypted at another. */
export interface EnvelopePlace {
  /** The logical name of the table, such as `archestra_secrets`: without a schema, so that a table can be moved. */
  readonly table: string;
  /** The id of the row, allocated before the value is encrypted. */
  readonly rowId: string;
  /** The name of the secret, or the key id of a canary. */
  readonly name: string;
  readonly purpose: EnvelopePurpose;
}

export function secretPlace(rowId: string, name: string): EnvelopePlace {
  return { table: SECRETS_TABLE, rowId, name, purpose: "value" };
}

export function canaryPlace(keyId: string): EnvelopePlace {
  return { table: KEYS_TABLE, rowId: keyId, name: keyId, purpose: "canary" };
}

const lengthBytes = 4;

/**
 * The bytes that the tag of a v2 envelope authenticates beside the ciphertext: format, key id, table, row id, name and
 * purpose, each in UTF-8 behind its length as four bytes, big-endian. No two places have the same bytes.
 */
export function encodeAuthenticatedData(keyId: string, place: EnvelopePlace): Buffer {
  const fields = ["v2", keyId, place.table, place.rowId, place.name, place.purpose];
  const characters = fields.reduce((sum, field) => sum + field.length, 0);
  // A UTF-16 unit takes at most three bytes of UTF-8.
  const bytes = Buffer.allocUnsafe(fields.length * lengthBytes + 3 * characters);
  let offset = 0;
  for (const field of fields) {
    const length = bytes.write(field, offset + lengthBytes);
    bytes.writeUInt32BE(length, offset);
    offset += lengthBytes + length;
  }
  return bytes.subarray(0, offset);
}
