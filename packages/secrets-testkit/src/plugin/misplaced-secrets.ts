import { randomBytes } from "node:crypto";

/** A secret as people put it into the wrong variable. */
export interface MisplacedSecret {
  /** What it is, for messages. */
  readonly what: string;
  readonly text: string;
  /** Whether it can be nothing else, so that no setting may show it, also when it is not secret. */
  readonly isUnmistakable: boolean;
}

/** Eight successive characters of a secret show that it leaked. */
const WINDOW = 8;

/** One secret in every form, and the texts that must not be found anywhere. */
export function misplacedSecrets(): {
  readonly secrets: readonly MisplacedSecret[];
  readonly planted: readonly string[];
} {
  const marker = randomBytes(20).toString("hex");
  const key = `-----BEGIN PRIVATE KEY-----\n${marker}\n${marker}\n-----END PRIVATE KEY-----\n`;
  const certificate = `-----BEGIN CERTIFICATE-----\n${marker}\n-----END CERTIFICATE-----\n`;
  const certain = (what: string, text: string) => ({ what, text, isUnmistakable: true });
  const possible = (what: string, text: string) => ({ what, text, isUnmistakable: false });
  const secrets = [
    possible("a word", marker),
    possible("a word in quotes", `"${marker}"`),
    possible("a word with a newline", `${marker}\n`),
    possible("an assignment", `TOKEN=${marker}`),
    certain("a Vault token", `hvs.${marker}`),
    certain("a JSON web token", `eyJhbGciOiJSUzI1NiJ9.eyJ${marker}.${marker}`),
    certain("a private key", key),
    certain("a private key on one line", key.replaceAll("\n", "\\n")),
    certain("a certificate with its private key", certificate + key),
    certain("a URL with a password", `https://user:${marker}@host.example/path`),
    certain(
      "a URL with a password that is not percent-encoded",
      `postgres://user:4711/${marker}@host.example/path`,
    ),
    possible("a URL with a token as its user", `https://${marker}@host.example`),
    possible("a URL with a token in its query", `https://host.example/?token=${marker}`),
    possible("a path", `/run/secrets/${marker}`),
    possible("a very long text", marker.repeat(1_000)),
  ];
  return { secrets, planted: windowsOf(marker) };
}

/** Every part of the marker that is long enough to be one, in both cases: messages cut and change what they quote. */
function windowsOf(marker: string): string[] {
  const windows: string[] = [];
  for (let start = 0; start + WINDOW <= marker.length; start++) {
    const window = marker.slice(start, start + WINDOW);
    windows.push(window, window.toUpperCase());
  }
  return windows;
}
