import type { EnvelopePlace } from "../encryption/envelope-place.ts";
import { SECRETS_TABLE } from "../schema/tables.ts";

/** The place that a secret's envelope is bound to. */
export function secretPlace(rowId: string, name: string): EnvelopePlace {
  return { table: SECRETS_TABLE, rowId, name, purpose: "value" };
}
