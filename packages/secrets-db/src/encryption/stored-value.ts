import { type EnvelopeV1, parseEnvelopeV1 } from "./envelope-v1.ts";
import { type EnvelopeV2, MAX_SEALED_BYTES, parseEnvelopeV2 } from "./envelope-v2.ts";
import { parseJsonObject } from "./json-object.ts";

/** What the value column of a row holds, by its shape alone: nothing is decrypted, and nothing is proven. */
export type StoredValue =
  | {
      /** An envelope of ours. */
      readonly kind: "v2";
      readonly envelope: EnvelopeV2;
    }
  | {
      /** An envelope of Archestra's, to be sealed anew. */
      readonly kind: "v1";
      readonly envelope: EnvelopeV1;
    }
  | {
      /** A JSON object that is no envelope, to be sealed. */
      readonly kind: "plaintext";
      /** The text as it is stored. */
      readonly json: string;
      /** What the text says. */
      readonly value: Record<string, unknown>;
    }
  | {
      /** An envelope of a version that this release does not know. Never plaintext, never sealed once more. */
      readonly kind: "unsupported";
    }
  | {
      /** Not a JSON object, or an envelope of a known version and a wrong shape. Never plaintext. */
      readonly kind: "malformed";
    };

/** Twice the bytes that an envelope holds is more characters than its base64url has, and whatever a column adds. */
const maxCharacters = 2 * MAX_SEALED_BYTES;
const versionPrefix = /^v[0-9]+:/;
const writtenStart = '{"__encrypted":"';
const writtenEnd = '"}';

/**
 * Tells what a stored text is. An object is an envelope only if `__encrypted` is its one property and holds a string
 * that begins with a version; everything else that an application may have stored under that name is plaintext.
 */
export function classifyStoredValue(text: string): StoredValue {
  if (text.length > maxCharacters) return { kind: "malformed" };
  const sealed = parseAsWritten(text);
  if (sealed !== undefined) return { kind: "v2", envelope: sealed };
  const value = parseJsonObject(text);
  if (value === undefined) return { kind: "malformed" };
  const envelopeText = findEnvelopeText(value);
  if (envelopeText === undefined) return { kind: "plaintext", json: text, value };
  if (envelopeText.startsWith("v2:")) {
    const envelope = parseEnvelopeV2(envelopeText);
    return envelope === undefined ? { kind: "malformed" } : { kind: "v2", envelope };
  }
  if (envelopeText.startsWith("v1:")) {
    const envelope = parseEnvelopeV1(envelopeText);
    return envelope === undefined ? { kind: "malformed" } : { kind: "v1", envelope };
  }
  return { kind: "unsupported" };
}

/** The envelope in the one spelling that we write, for which no JSON has to be parsed: its characters need no escape. */
function parseAsWritten(text: string): EnvelopeV2 | undefined {
  if (!text.startsWith(writtenStart) || !text.endsWith(writtenEnd)) return undefined;
  return parseEnvelopeV2(text.slice(writtenStart.length, -writtenEnd.length));
}

function findEnvelopeText(value: Record<string, unknown>): string | undefined {
  const [key, ...others] = Object.keys(value);
  if (key !== "__encrypted" || others.length > 0) return undefined;
  const text = value[key];
  return typeof text === "string" && versionPrefix.test(text) ? text : undefined;
}
