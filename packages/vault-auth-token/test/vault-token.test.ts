import { describe, expect, test } from "vitest";
import { type GivenText, givenText } from "../src/given-text.ts";
import { vaultToken } from "../src/vault-token.ts";

const refusalOf = (input: unknown) => {
  const result = vaultToken["~standard"].validate(input) as {
    readonly issues?: readonly { readonly message: string }[];
  };
  return result.issues?.map(({ message }) => message).join();
};

describe("the JSON of an agent's sink", () => {
  const read = (text: string) =>
    givenText["~standard"].validate(text) as {
      readonly value?: GivenText;
      readonly issues?: readonly { readonly message: string }[];
    };

  test("gives the wrapping token in it", () => {
    const sink = { token: "hvs.CAESIJ", accessor: "", ttl: 300, creation_path: "sys/wrapping/wrap" };
    expect(read(JSON.stringify(sink)).value).toEqual({ token: "hvs.CAESIJ", isWrapped: true });
    expect(read(`\n${JSON.stringify(sink, null, 2)}\n`).value).toEqual({
      token: "hvs.CAESIJ",
      isWrapped: true,
    });
  });

  test.each([
    [
      "that is encrypted",
      '{"curve25519_public_key":"very","nonce":"secret","encrypted_payload":"x"}',
      /dh_type/,
    ],
    ["without a token", '{"accessor":"very secret"}', /has a `token`/],
    ["with a token that is none", '{"token":"very secret"}', /has a `token`/],
    ["that was cut", '{"token":"very', /JSON of an agent's sink/],
  ])("%s is refused, and not quoted", (_what, text, words) => {
    const [issue] = read(text).issues ?? [];
    expect(issue?.message).toMatch(words);
    expect(issue?.message).not.toContain("very");
  });
});

describe("the text of a token", () => {
  test.each(["hvs.CAESIJ", "hvb.AAAA", "s.x", "root", "b7f2-ABC_~!", "x".repeat(5_000)])(
    "%s is taken as it is",
    (text) => {
      expect(vaultToken["~standard"].validate(text)).toEqual({ value: text });
    },
  );

  test.each([
    ["a line's end", "hvs.a\n"],
    ["a return in the middle", "hvs.a\r\nhvs.b"],
    ["a space before it", " hvs.a"],
    ["a tab", "hvs.a\tb"],
    ["a space that does not break", "hvs.a\u00a0"],
  ])("with %s is refused with its cause", (_what, text) => {
    expect(refusalOf(text)).toMatch(/space or the end of a line.*copied/);
  });

  test.each([
    ["an accent", "hvs.é"],
    ["a byte order mark, which is not a space in ASCII", "hvs.\u200b"],
    ["a control character", "hvs.\u0007"],
    ["an emoji", "hvs.🔑"],
    ["nothing", ""],
  ])("with %s is refused", (_what, text) => {
    expect(refusalOf(text)).toBe("must consist of printable ASCII characters");
  });

  test.each([[undefined], [null], [5], [{}], [["hvs.a"]]])("%s, which is not a text, is refused", (input) => {
    expect(refusalOf(input)).toBe("must be a string");
  });

  test("is not quoted by a refusal", () => {
    for (const text of ["hvs.very secret", "hvs.verysecreté"]) expect(refusalOf(text)).not.toContain("very");
  });
});
