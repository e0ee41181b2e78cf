import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { textsOf } from "../src/find-plaintext.ts";
import { runScript, temporaryFolder } from "./run-script.ts";

const credentials = JSON.parse(readFileSync(join(import.meta.dirname, "..", "credentials.json"), "utf8"));

test("the example runs to its end and shows no value", async () => {
  const cwd = temporaryFolder();
  // Variables of the user must not reach the demonstration.
  const env = { ARCHESTRA_SECRETS_MANAGER: "VAULT", ARCHESTRA_AUTH_SECRET_FILE: "/nowhere" };
  const { status, stdout, stderr } = await runScript("src/main.ts", { cwd, env });

  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const name of Object.keys(credentials)) expect(stdout).toContain(`read ${name}: equal to the file`);
  expect(stdout).toMatch(/password not-…\(30 characters\) is now stored in plaintext in secrets\.db/);
  expect(stdout).toContain("Texts searched for: 12. Found: 0.");
  expect(stdout).toContain("The same search finds not-…(30 characters) in old-application.db");
  expect(stdout).toContain("DECRYPTION_FAILED, KEY_MISMATCH");
  for (const text of textsOf(credentials)) expect(stdout).not.toContain(text);
});

test("a .env file of the user is stored, and its invalid names are reported", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "my.env"), "API_KEY=a-key-of-the-user\n/DB=a-password-of-the-user\nPORT=5432\n");
  const { status, stdout } = await runScript("src/main.ts", { cwd, args: ["my.env"] });

  expect(status).toBe(0);
  expect(stdout).toContain("my.env contains 3 credentials.");
  expect(stdout).toContain('The secret name "/DB" is invalid');
  expect(stdout).toContain("Remove the / at the beginning, at the end, or after another /.");
  expect(stdout).toContain("read API_KEY: equal to the file");
  expect(stdout).not.toContain("a-key-of-the-user");
});

test.each([
  ["a missing file", undefined, /^The file .*input\.json does not exist\.$/],
  ["no JSON", '{"a": its-secret}', /^.*input\.json is not JSON\. Variables/],
  ["an array", "[1]", /contains an array\. It must contain an object/],
  ["an empty object", "{}", /contains no credentials/],
  ["an empty file", "", /is empty\.$/],
  ["a number", '{"a": 5}', /the entry "a" is a number\. It must be an object or a string\.$/],
  ["only values that cannot be stored", '{"/a": "its-secret"}', /^No entry of the file can be stored/],
])("%s is refused with a message", async (_, content, expected) => {
  const cwd = temporaryFolder();
  if (content !== undefined) writeFileSync(join(cwd, "input.json"), content);
  const { status, stderr } = await runScript("src/main.ts", { cwd, args: ["input.json"] });

  expect(status).toBe(1);
  expect(stderr.trim()).toMatch(expected);
  expect(stderr).not.toContain("its-secret");
  expect(stderr).not.toMatch(/^ +at /m);
});
