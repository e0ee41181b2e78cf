import { refused, settingSchema } from "@archestra/secrets-core/plugin";
import { vaultToken } from "./vault-token.ts";

/** The content of a variable or a file. */
export interface GivenText {
  /** A token, or a wrapping token that holds one. Secret. */
  readonly token: string;
  /** Whether it can only be a wrapping token, since it is in the JSON that an agent writes for one. */
  readonly isWrapped: boolean;
}

/** A token, or the JSON that the file sink of a Vault Agent holds when it wraps. A refusal never quotes it. */
export const givenText = settingSchema<string, GivenText>((input) => {
  if (typeof input !== "string" || !input.trimStart().startsWith("{")) {
    const result = vaultToken["~standard"].validate(input);
    return result.issues === undefined ? { value: { token: result.value, isWrapped: false } } : result;
  }
  const sink = parseObject(input);
  if (sink === undefined) return refused("must be a token, or the JSON of an agent's sink");
  if ("encrypted_payload" in sink)
    return refused("must not be encrypted by the agent: leave `dh_type` out of its sink");
  const result = vaultToken["~standard"].validate(sink.token);
  if (result.issues !== undefined)
    return refused("must be a token, or the JSON of an agent's sink, which has a `token`");
  return { value: { token: result.value, isWrapped: true } };
});

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
