import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { renderingsOf } from "../../../secrets-testkit/src/redaction/renderings.ts";
import { failure } from "../support/failure.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { plantedText } from "../support/planted.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

/** Nothing listens on port 1. */
const startOn = (url: string) =>
  startManager({ ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey });

const refused: readonly [string, (secret: string) => string, readonly string[]][] = [
  ["a `/` in the password", (s) => `postgres://app:4711/${s}@127.0.0.1:1/db`, ["%2F", "percent-encoded"]],
  ["a `?` in the password", (s) => `postgres://app:4711?${s}@127.0.0.1:1/db`, ["%3F", "percent-encoded"]],
  ["a `#` in the password", (s) => `postgres://app:4711#${s}@127.0.0.1:1/db`, ["%23", "percent-encoded"]],
  ["`@` and `/` in the password", (s) => `postgres://app:${s}@4711/${s}@127.0.0.1:1/db`, ["%40", "%2F"]],
  ["`,` and `/` in the password", (s) => `postgres://app:${s},x/${s}@127.0.0.1:1/db`, ["percent-encoded"]],
  [
    "a host that is percent-encoded as a whole",
    (s) => `postgres://app%3A${s}%40host/db`,
    ["has a host", "%40"],
  ],
  ["a fragment", (s) => `postgres://app@127.0.0.1:1/db#${s}`, ["fragment"]],
  ["a percent sign that escapes nothing", (s) => `postgres://app:%${s}@127.0.0.1:1/db`, ["%25"]],
  ["an escape that is not UTF-8", (s) => `postgres://app:%ff${s}@127.0.0.1:1/db`, ["UTF-8"]],
  ["a line break in the password", (s) => `postgres://app:${s}\nx@127.0.0.1:1/db`, ["control character"]],
  ["single quotes", (s) => `'postgres://app:${s}@127.0.0.1:1/db'`, ["in quotes", "Remove the quotes"]],
  ["double quotes", (s) => `"postgres://app:${s}@127.0.0.1:1/db"`, ["in quotes", "Remove the quotes"]],
  ["no slashes", (s) => `postgres:app:${s}@127.0.0.1/db`, ["postgres://"]],
  [
    "several hosts",
    (s) => `postgres://app:${s}@a.example:5432,b.example:5432/db`,
    ["several hosts", "primary"],
  ],
  ["several hosts as a parameter", (s) => `postgres://app:${s}@/db?host=a,b`, ["several hosts"]],
  ["a port that is none", (s) => `postgres://app:${s}@127.0.0.1:70000/db`, ["port", "65535"]],
  [
    "a parameter that nothing honours",
    (s) => `postgres://app:${s}@127.0.0.1:1/db?target_session_attrs=primary`,
    ["`target_session_attrs`", "primary"],
  ],
  [
    "a parameter of Prisma",
    (s) => `postgres://app:${s}@127.0.0.1:1/db?connection_limit=5`,
    ["`connection_limit`", "Remove it", "`sslmode`"],
  ],
  [
    "an unknown parameter, which may be a piece of a password",
    (s) => `postgres://app@127.0.0.1:1/db?password=a&${s}=1`,
    ["a parameter that is not supported", "`application_name`"],
  ],
  ["`sslmode=prefer`", (s) => `postgres://app:${s}@127.0.0.1:1/db?sslmode=prefer`, ["`prefer`", "`require`"]],
  [
    "an unknown mode of TLS",
    (s) => `postgres://app@127.0.0.1:1/db?sslmode=${s}`,
    ["`sslmode`", "`verify-full`"],
  ],
  [
    "`sslmode=verify-ca` without an authority",
    (s) => `postgres://app:${s}@127.0.0.1:1/db?sslmode=verify-ca`,
    ["sslrootcert"],
  ],
  ["a certificate without its key", (s) => `postgres://app@127.0.0.1:1/db?sslcert=${s}`, ["`sslkey`"]],
  [
    "`channel_binding=require`",
    (s) => `postgres://app:${s}@127.0.0.1:1/db?channel_binding=require`,
    ["`prefer`"],
  ],
  ["a schema that is no name", (s) => `postgres://app@127.0.0.1:1/db?schema=${s}`, ["`schema`"]],
  [
    "a time that is no number",
    (s) => `postgres://app@127.0.0.1:1/db?connect_timeout=${s}`,
    ["`connect_timeout`"],
  ],
  ["a parameter twice", (s) => `postgres://app:${s}@127.0.0.1:1/db?options=a&options=b`, ["`options` twice"]],
];

test.each(refused)("a URL with %s is refused with what to do, and not quoted", async (_, url, says) => {
  const error = await failure(startOn(url(plantedText())));
  expect(error).toMatchObject({
    name: "ConfigurationError",
    code: "INVALID_CONFIGURATION",
    retryable: false,
  });
  expect(error.message).toContain("ARCHESTRA_DATABASE_URL");
  for (const words of says) expect(error.message).toContain(words);
});

test.each([
  ["sslrootcert", (file: string) => `sslrootcert=${file}`],
  ["sslcert", (file: string) => `sslcert=${file}&sslkey=${file}`],
])("the file of `%s` must be there and hold PEM, and is not quoted", async (parameter, query) => {
  const folder = scratchFolder();
  const missing = join(folder, plantedText());
  const wrong = join(folder, `${plantedText()}.pem`);
  writeFileSync(wrong, plantedText());
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const [file, why] of [
    [pipe, "(a pipe)"],
    [missing, "(ENOENT)"],
    [folder, "(EISDIR)"],
    [wrong, "in PEM"],
  ] as const) {
    const error = await failure(
      startOn(`postgres://app:p@127.0.0.1:1/db?${query(encodeURIComponent(file))}`),
    );
    expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "CERTIFICATE_UNREADABLE" });
    expect(error.message).toContain(`\`${parameter}\``);
    expect(error.message).toContain(why);
  }
});

/** Pieces that are found again wherever they show, between characters that end a part of a URL. */
const passwords = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.stringMatching(/^[a-z]{12}$/),
        fc.integer({ min: 10_000, max: 65_535 }).map(String),
        fc.stringMatching(/^[A-Z]{12}[0-9]{2}$/),
      ),
      fc.constantFrom(
        "@",
        "/",
        "?",
        "#",
        ":",
        "&",
        "=",
        "%",
        "+",
        ",",
        "[",
        "]",
        "\\",
        " ",
        "ü",
        "%40",
        "//",
        "@@",
      ),
    ),
    { minLength: 2, maxLength: 6 },
  )
  .map((pieces) => ({ text: pieces.flat().join("").slice(0, -1), pieces: pieces.map(([piece]) => piece) }));

const forms: readonly ((password: string) => string)[] = [
  (password) => `postgres://app:${password}@127.0.0.1:1/db`,
  (password) => `postgres://app:${encodeURIComponent(password)}@127.0.0.1:1/db`,
  (password) => `postgres://app:${encodeURI(password)}@127.0.0.1:1/db`,
  (password) => `postgres://${password}@127.0.0.1:1/db`,
  (password) => `postgresql://app:${password}@127.0.0.1:1/db?sslmode=require`,
  (password) => `postgres://app:${password}@/db?host=/nowhere`,
  (password) => `postgres://app@127.0.0.1:1/db?password=${encodeURIComponent(password)}`,
  (password) => `'postgres://app:${password}@127.0.0.1:1/db'`,
];

test("no piece of a password shows in an error, whichever characters it has, raw or percent-encoded", async () => {
  await fc.assert(
    fc.asyncProperty(passwords, fc.constantFrom(...forms), async ({ text, pieces }, form) => {
      const error = await failure(startOn(form(text)));
      expect(["INVALID_CONFIGURATION", "UNAVAILABLE"]).toContain(error.code);
      const words = [error.message, JSON.stringify(error)];
      for (const piece of pieces) {
        // Digits are also those of lines in a stack.
        const shown = /^\d+$/.test(piece) ? words : [...words, ...renderingsOf(error)];
        if (shown.some((rendering) => rendering.includes(piece)))
          throw new Error("A piece of the password shows.");
      }
    }),
    { numRuns: 400 },
  );
}, 120_000);
