import type { EncryptionKey } from "./encryption-key.ts";
import type { EnvelopePlace } from "./envelope-place.ts";
import { decryptEnvelopeV1, type EnvelopeV1, parseEnvelopeV1 } from "./envelope-v1.ts";
import {
  decryptEnvelopeV2,
  type EnvelopeV2,
  encryptEnvelopeV2,
  MAX_PLAINTEXT_BYTES,
  parseEnvelopeV2,
} from "./envelope-v2.ts";
import type { KeyRing } from "./key-ring.ts";

/** A value that is stored in an envelope of a version that this release can decrypt. */
export type StoredEnvelope =
  | {
      /** The format that is written. Only this file knows its version. */
      readonly kind: "encrypted";
      /** The key that encrypted it, as the envelope states it. */
      readonly keyId: string;
      readonly envelope: EnvelopeV2;
    }
  | {
      /** Archestra's format, which a sweep encrypts again in the present format. */
      readonly kind: "v1";
      readonly envelope: EnvelopeV1;
    };

/** The content of a value column, by its shape alone: nothing is decrypted, and nothing is proven. */
export type StoredValue =
  | StoredEnvelope
  | {
      /** A JSON object that is not an envelope. */
      readonly kind: "plaintext";
      /** The text as it is stored. */
      readonly json: string;
    }
  | {
      /** An envelope of a version that this release does not know. Never plaintext, never encrypted again. */
      readonly kind: "unsupported";
    }
  | {
      /** Not a JSON object, or an envelope of a known version and a wrong shape. Never plaintext. */
      readonly kind: "malformed";
    };

/** Twice the bytes that an envelope holds is more characters than its base64url has, and whatever a column adds. */
const maxCharacters = 2 * MAX_PLAINTEXT_BYTES;
const versionPrefix = /^v[0-9]+:/;
const writtenStart = '{"__encrypted":"';
const writtenEnd = '"}';

/**
 * Encrypts JSON text for one place.
 *
 * @param key the key of the process that writes
 * @param place where the envelope will be stored
 * @returns the JSON text to store, `{"__encrypted":"v2:…"}`, different at every call
 * @throws SecretsError INVALID_ARGUMENT, reason VALUE_TOO_LARGE, when it does not fit in an envelope
 */
export function encryptValue(json: string, key: EncryptionKey, place: EnvelopePlace): string {
  return `${writtenStart}${encryptEnvelopeV2(json, key, place)}${writtenEnd}`;
}

/**
 * Decrypts an envelope at its place.
 *
 * @returns the JSON text that was encrypted
 * @throws SecretsError DECRYPTION_FAILED: UNDECRYPTABLE when no key of the ring decrypts it, else TAMPERED
 */
export function decryptValue(stored: StoredEnvelope, ring: KeyRing, place: EnvelopePlace): string {
  return stored.kind === "encrypted"
    ? decryptEnvelopeV2(stored.envelope, ring, place)
    : decryptEnvelopeV1(stored.envelope, ring, place);
}

/**
 * Classifies a stored text. An object is an envelope only if `__encrypted` is its one property and holds a string that
 * begins with a version. Everything else that an application may have stored under that name is plaintext.
 */
export function classifyStoredValue(text: string): StoredValue {
  if (text.length > maxCharacters) return { kind: "malformed" };
  // In the spelling that is written here, no JSON has to be parsed: its characters need no escape.
  if (text.startsWith(writtenStart) && text.endsWith(writtenEnd)) {
    const envelope = parseEnvelopeV2(text.slice(writtenStart.length, -writtenEnd.length));
    if (envelope !== undefined) return encrypted(envelope);
  }
  const value = parseJsonObject(text);
  if (value === undefined) return { kind: "malformed" };
  const envelopeText = findEnvelopeText(value);
  if (envelopeText === undefined) return { kind: "plaintext", json: text };
  if (envelopeText.startsWith("v2:")) {
    const envelope = parseEnvelopeV2(envelopeText);
    return envelope === undefined ? { kind: "malformed" } : encrypted(envelope);
  }
  if (envelopeText.startsWith("v1:")) {
    const envelope = parseEnvelopeV1(envelopeText);
    return envelope === undefined ? { kind: "malformed" } : { kind: "v1", envelope };
  }
  return { kind: "unsupported" };
}

function encrypted(envelope: EnvelopeV2): StoredEnvelope {
  return { kind: "encrypted", keyId: envelope.keyId, envelope };
}

/**
 * Parses JSON text that represents an object. Undefined: it is not JSON, or represents another value. The parser's error is
 * dropped because it quotes its input.
 */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function findEnvelopeText(value: Record<string, unknown>): string | undefined {
  const [key, ...others] = Object.keys(value);
  if (key !== "__encrypted" || others.length > 0) return undefined;
  const text = value[key];
  return typeof text === "string" && versionPrefix.test(text) ? text : undefined;
}
