import { fail } from "../../expectation/expectation.ts";
import { runsOf } from "../../redaction/excerpts.ts";
import { plantedText } from "../../redaction/planted-text.ts";
import { HarnessGap, NotDeclared } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";

/** The number of successive characters that are in two encrypted texts only if they are equal there. */
const RUN = 16;
/** The number of successive characters that two forms have in common only if they belong to the format. */
const FORMAT_RUN = 8;
/** Characters of times: they depend on when the suite runs. */
const TIMES = /\d{4}-\d\d-\d\d[T ][\d:.]+|\d{10,}/g;

/** Cases of encryption that reveals which secrets are equal. */
export const equalValueCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "equal values have stored forms that have nothing in common",
    contract: 'TestStore.encrypted: "equal values have different stored forms"',
    async run(fixture) {
      if (fixture.store.encrypted !== true) throw new NotDeclared("the store's `encrypted` is not true");
      if (fixture.store.readRaw === undefined) throw new HarnessGap("the harness has no `readRaw`");
      const { manager } = await fixture.open();
      const { manager: restarted } = await fixture.open();
      const [value, otherValue] = [{ token: longText() }, { token: longText() }];
      // A deletion removes older versions, which the stored form may contain.
      const formOf = async (name: string, written: { token: string }, client = manager) => {
        await client.delete(name);
        await client.create(name, written);
        const form = await fixture.readRaw(name);
        if (form === undefined) fail("`readRaw` to find a secret that is there", "undefined");
        return form.replaceAll(TIMES, "");
      };
      const before = await formOf("a", otherValue);
      const [first, second] = [await formOf("a", value), await formOf("a", value)];
      // As many writes as above: a counter that begins with the process repeats what it gave.
      const formatOfRestarted = await formOf("a", otherValue, restarted);
      const again = [await formOf("a", value, restarted), await formOf("a", value, restarted)];
      const underOther = await formOf("b", value);
      const after = await formOf("a", otherValue);
      // What every form has, such as the id of a key, is the format.
      const format = [before, formatOfRestarted, after, await formOf("b", otherValue)];
      expectNothingInCommon(
        [first, second],
        format,
        "the same value, which was written twice under one name,",
      );
      for (const [index, form] of [first, second].entries()) {
        const repeated = [form, again[index] ?? ""] as const;
        expectNothingInCommon(repeated, format, "the same value, which two clients wrote,");
      }
      expectNothingInCommon([first, underOther], format, "the same value under two names");
    },
  },
];

function longText(): string {
  return plantedText() + plantedText();
}

function expectNothingInCommon(
  [form, other]: readonly [string, string],
  format: readonly string[],
  what: string,
): void {
  const run = partsOutside(form, format)
    .flatMap((part) => runsOf(part, RUN))
    .find((text) => other.includes(text));
  if (run === undefined) return;
  fail(
    `${what} to have different stored forms, except for what forms of other values have too`,
    `${RUN} successive characters are in both`,
  );
}

/** The parts of a form that the format does not explain: what is random may begin as it does by chance. */
function partsOutside(form: string, format: readonly string[]): string[] {
  const characters = form.split("");
  for (const [start, run] of runsOf(form, FORMAT_RUN).entries()) {
    if (format.some((text) => text.includes(run))) characters.fill("", start, start + FORMAT_RUN);
  }
  const parts = [""];
  for (const character of characters) {
    if (character === "") parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}
