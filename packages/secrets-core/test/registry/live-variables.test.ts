import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type StandardSchema, variable } from "../../src/plugin.ts";
import { plantedText } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { openedSettings, resolveSettings } from "../support/settings-plugin.ts";

const settings = {
  token: variable("TOKEN", { secret: true, live: true, required: true, description: "The token." }),
};
const folder = mkdtempSync(join(tmpdir(), "live-variables-"));
const path = join(folder, "token");

afterAll(() => rmSync(folder, { recursive: true }));

test("a live variable reads its file again at each call", async () => {
  const [first, second] = [plantedText(), plantedText()];
  writeFileSync(path, `${first}\n`);
  const { token } = await openedSettings(settings, { env: { TOKEN_FILE: path } });

  expect(await token()).toBe(first);
  writeFileSync(path, `${second}\n`);
  expect(await token()).toBe(second);
});

test("a live variable whose file was removed or is empty fails the call, and works again when the file is back", async () => {
  writeFileSync(path, plantedText());
  const { token } = await openedSettings(settings, { env: { TOKEN_FILE: path } });

  rmSync(path);
  const gone = await failure(token());
  expect(gone.code).toBe("INVALID_CONFIGURATION");
  expect(gone.message).toContain("ENOENT");
  writeFileSync(path, "\n");
  expect((await failure(token())).message).toContain("is empty");
  const back = plantedText();
  writeFileSync(path, back);
  expect(await token()).toBe(back);
});

test("a live variable can also return the text of the variable", async () => {
  const text = plantedText();
  const { token } = await openedSettings(settings, { env: { TOKEN: text } });
  expect(await token()).toBe(text);
});

test("a live variable is checked at the start like any other", () => {
  expect(() => resolveSettings(settings)).toThrow("must be set");
  expect(() => resolveSettings(settings, { env: { TOKEN_FILE: "/none" } })).toThrow("ENOENT");
  expect(() => resolveSettings(settings, { env: { TOKEN_FILE: "/empty" }, files: { "/empty": "" } })).toThrow(
    "is empty",
  );
});

test("a live variable is parsed at each call, and a rejected value is not shown", async () => {
  const digits: StandardSchema<string, number> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (input) =>
        /^\d+$/.test(String(input))
          ? { value: Number(input) }
          : { issues: [{ message: `not digits: ${input}` }] },
    },
  };
  const pin = {
    pin: variable("PIN", { secret: true, live: true, required: true, schema: digits, description: "X." }),
  };
  const files: Record<string, string> = { "/pin": "1234\n" };
  const opened = await openedSettings(pin, { env: { PIN_FILE: "/pin" }, files });

  expect(await opened.pin()).toBe(1234);
  files["/pin"] = plantedText();
  expect(await failure(opened.pin())).toMatchObject({
    code: "INVALID_CONFIGURATION",
    message: "PIN: has a value that is not accepted. X.",
  });
});

test("a live variable given as a function in code is not called before the plugin asks", async () => {
  let calls = 0;
  const { token } = await openedSettings(settings, { options: { token: async () => `call ${++calls}` } });

  expect(calls).toBe(0);
  expect([await token(), await token()]).toEqual(["call 1", "call 2"]);
});

test("a live variable that is neither required nor set is undefined", async () => {
  const optional = { token: variable("TOKEN", { secret: true, live: true, description: "X." }) };
  expect((await openedSettings(optional)).token).toBeUndefined();
});
