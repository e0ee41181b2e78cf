import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spellingsOf, unusualEnds } from "../../src/encryption/secret-spellings.ts";

const BYTE_ORDER_MARK = "\uFEFF";

describe("spellingsOf", () => {
  test.each([
    ["core", "core\n", "with a newline at its end"],
    ["core\n", "core", "without the newline at its end"],
    ["core\r\n", "core\n", "with a newline instead of a CRLF line break at its end"],
    ['"core"', "core", "without the double quotes around it"],
    ["core", "'core'", "with single quotes around it"],
    ['"core\n"', "core", "without the double quotes around it and without the newline at its end"],
    ['"core"', "core\n", "without the double quotes around it and with a newline at its end"],
    [`${BYTE_ORDER_MARK}core`, "core", "without the byte-order mark at its beginning"],
    ["core", `${BYTE_ORDER_MARK}core`, "with a byte-order mark at its beginning"],
    ["core", "core\\n", "with a backslash and n at its end"],
    [" core\t", "core", "without the space at its beginning and without the whitespace at its end"],
    ["one\r\ntwo", "one\ntwo", "with newlines between its lines"],
    [
      "one\ntwo",
      "one\r\ntwo\r\n",
      "with CRLF line breaks between its lines and with a CRLF line break at its end",
    ],
  ])("describes how %j becomes %j", (secret, other, difference) => {
    expect(spellingsOf(secret).find((spelling) => spelling.secret === other)?.difference).toBe(difference);
  });

  const piece = fc.constantFrom(",", "\n", "\r\n", '"', "'", "[", "]", " ", BYTE_ORDER_MARK, "a", "Z9", "é");
  const secret = fc.array(piece, { minLength: 1, maxLength: 20 }).map((pieces) => pieces.join(""));

  test("lists each spelling once, never the secret itself or nothing, and describes each", () => {
    fc.assert(
      fc.property(secret, (text) => {
        const spellings = spellingsOf(text);
        const secrets = spellings.map((spelling) => spelling.secret);
        expect(new Set(secrets).size).toBe(secrets.length);
        expect(secrets).not.toContain(text);
        expect(secrets).not.toContain("");
        for (const { difference } of spellings) expect(difference).toMatch(/^with/);
      }),
    );
  });

  test("finds what operations do to any secret, in both directions", () => {
    const changes = fc.constantFrom<(text: string) => string>(
      (text) => text.trim(),
      (text) => `${text.trim()}\n`,
      (text) => `${text.trim()}\r\n`,
      (text) => `"${text.trim()}"`,
      (text) => `'${text.trim()}'`,
      (text) => `${BYTE_ORDER_MARK}${text.trim()}`,
      (text) => ` ${text.trim()} `,
    );
    fc.assert(
      fc.property(secret, changes, (text, change) => {
        const other = change(text);
        fc.pre(text.trim() !== "" && other !== text);
        // Of quotes around quotes, one pair is looked at.
        fc.pre(!/^["']|["']$/.test(text.trim()));
        expect(spellingsOf(text).map((spelling) => spelling.secret)).toContain(other);
        const back = [other, ...spellingsOf(other).map((spelling) => spelling.secret)];
        expect(back).toContain(text.trim());
      }),
    );
  });
});

describe("unusualEnds", () => {
  test.each([
    ["core", undefined],
    ["a, secret\nof two 'lines', quoted", undefined],
    ["core\n", "ends with a newline"],
    ["core\r\n", "ends with a CRLF line break"],
    [" core", "begins with a space"],
    [`${BYTE_ORDER_MARK}core`, "begins with a byte-order mark"],
    ['"core"', "is in double quotes"],
    ["'core\n'", "is in single quotes and has whitespace inside the quotes"],
    ["core'", "ends with a quotation mark"],
  ])("of %j: %j", (secret, ends) => {
    expect(unusualEnds(secret)).toBe(ends);
  });
});
