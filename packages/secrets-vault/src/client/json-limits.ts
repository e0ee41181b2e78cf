/*
 * Vault and OpenBao refuse a request whose JSON is larger or more complex than a setting of their listener allows, before an
 * engine sees it. Seen on Vault 1.21.1 (status 500) and OpenBao 2.7.2 (status 400, on by default).
 */
const limits: readonly (readonly [text: string, problem: string, setting: string])[] = [
  ["exceeded maximum number of strings", "more keys and texts", "max_request_json_strings"],
  ["exceeded maximum estimated memory", "more content", "max_request_json_memory"],
  ["exceeds allowed nesting depth", "more levels", "max_json_depth"],
  ["exceeds allowed length", "a longer text", "max_json_string_value_length"],
  ["exceeds allowed entry count", "an object with more entries", "max_json_object_entry_count"],
  ["exceeds allowed element count", "a list with more elements", "max_json_array_element_count"],
  ["exceeds allowed token count", "more content", "max_json_token"],
];

/**
 * Finds the limit on JSON for which a server refused a value.
 *
 * @param texts the errors of the answer
 * @returns what is wrong and what to do. Undefined: it refused the value for something else
 */
export function exceededJsonLimit(texts: string): string | undefined {
  const limit = limits.find(([text]) => texts.includes(text));
  if (limit === undefined) return undefined;
  const [, problem, setting] = limit;
  return `the value has ${problem} than the server accepts. Store it as several secrets, or raise \`${setting}\` in the server's listener`;
}
