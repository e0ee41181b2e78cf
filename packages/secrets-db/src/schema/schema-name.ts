/** The rule for names of schemas, for messages. */
export const schemaNameRule =
  "must be the name of a schema: letters, digits, `_` and `$`, at most 63 bytes, and no digit first";

/** Whether a text can be the name of a schema. PostgreSQL cuts longer ones. */
export function isSchemaName(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(text) && Buffer.byteLength(text) <= 63;
}
