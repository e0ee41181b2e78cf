import { type ClassifiedAnswer, refused } from "./classified-answer.ts";

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

/** The answers with which a server refuses a value for a limit on JSON, by their texts. */
export const jsonLimits: Readonly<Record<string, ClassifiedAnswer>> = Object.fromEntries(
  limits.map(([text, problem, setting]) => {
    const message = `the value has ${problem} than the server accepts. Store it as several secrets, or raise \`${setting}\` in the server's listener`;
    return [text, refused("INVALID_ARGUMENT", "VALUE_TOO_COMPLEX", message)];
  }),
);
