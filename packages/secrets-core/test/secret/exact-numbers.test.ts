import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assertExactNumbers } from "../../src/plugin.ts";
import { thrownBy } from "../support/failure.ts";

function isExact(json: string): boolean {
  try {
    assertExactNumbers(json);
    return true;
  } catch {
    return false;
  }
}

/** A number as integer times a power of ten, so that two are compared exactly. */
function isSameDecimal(one: string, other: string): boolean {
  const parts = [one, other].map((text) => {
    const [, sign = "", whole = "", fraction = "", power = "0"] =
      /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
    return { integer: BigInt(sign + whole + fraction), power: Number(power) - fraction.length };
  });
  const least = Math.min(...parts.map(({ power }) => power));
  const [first, second] = parts.map(({ integer, power }) => integer * 10n ** BigInt(power - least));
  return first === second;
}

describe("a number in JSON", () => {
  test.each([
    "0",
    "-0",
    "0.0",
    "0e99999",
    "1.0",
    "100",
    "1e2",
    "1E+2",
    "10e-1",
    "0.1",
    "0.10",
    "-1.5e-7",
    "9007199254740991",
    "9007199254740992",
    "1e21",
    "1000000000000000000000",
    "1.7976931348623157e308",
    "5e-324",
    `1${"0".repeat(300)}`,
    `0.${"0".repeat(300)}1`,
    `1${"0".repeat(300)}e-300`,
  ])("%s is exact", (number) => {
    expect(isExact(`{"a":${number}}`)).toBe(true);
  });

  test.each([
    "9007199254740993",
    "-9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "0.1000000000000000055511151231257827",
    "0.30000000000000004441",
    "3.14159265358979323846",
    "1e400",
    "-1e400",
    "1e-400",
    "1.7976931348623159e308",
    "4e-324",
    "123456789.123456789012",
  ])("%s is refused", (number) => {
    for (const json of [`{"a":${number}}`, `[1,{"b":[${number}]}]`, number, ` { "a" : ${number} } `]) {
      const error = thrownBy(() => assertExactNumbers(json));
      expect(error).toMatchObject({ code: "INVALID_VALUE", reason: "NUMBER_NOT_EXACT", retryable: false });
      expect(error.message).not.toContain(number);
    }
  });

  test("is exact when JavaScript writes the same decimal number that it read", () => {
    const digits = fc.stringMatching(/^\d{1,24}$/);
    const whole = digits.map((text) => text.replace(/^0+(?=\d)/, ""));
    const number = fc
      .tuple(
        fc.constantFrom("", "-"),
        whole,
        fc.option(digits),
        fc.option(fc.integer({ min: -340, max: 320 })),
      )
      .map(
        ([sign, integer, fraction, power]) =>
          `${sign}${integer}${fraction === null ? "" : `.${fraction}`}${power === null ? "" : `e${power}`}`,
      );
    fc.assert(
      fc.property(number, (text) => {
        const read = Number(text);
        const expected = Number.isFinite(read) && isSameDecimal(text, String(read));
        expect(isExact(`{"a":${text}}`)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is exact in every JSON text that JavaScript wrote", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.double({ noNaN: true, noDefaultInfinity: true }), (value, number) => {
        expect(isExact(JSON.stringify([value, number], undefined, 1))).toBe(true);
      }),
    );
  });
});

test.each([
  '{"9007199254740993":"9007199254740993"}',
  '{"a":"\\"9007199254740993"}',
  '{"a":"\\\\","b":"9007199254740993"}',
  '["\\u0022 9007199254740993"]',
])("digits in texts and keys are not numbers: %s", (json) => {
  expect(isExact(json)).toBe(true);
});

test("numbers of a million digits are compared in linear time", () => {
  const zeros = "0".repeat(1_000_000);
  expect(isExact(`[${zeros.replace(/^0/, "1")}]`)).toBe(false);
  expect(isExact(`[0.${zeros}1]`)).toBe(false);
  expect(isExact(`[0.5${zeros}]`)).toBe(true);
});
