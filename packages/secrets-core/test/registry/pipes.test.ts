import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rescueReader, writeInParts } from "@archestra/test-harness/pipe-writer";
import { describe, expect, onTestFinished, test } from "vitest";
import { readFileInTime, variable } from "../../src/plugin.ts";
import { plantedText } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { openedSettings } from "../support/settings-plugin.ts";

const settings = {
  token: variable("TOKEN", { secret: true, live: true, required: true, description: "The token." }),
};

/** A named pipe, which blocks a process that opens it in the usual way until another process opens its other end. */
function pipe(): string {
  const folder = mkdtempSync(join(tmpdir(), "pipes-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "token");
  execFileSync("mkfifo", [path]);
  return path;
}

describe.skipIf(process.platform === "win32")("a secret in a pipe", () => {
  test("without a writer fails the start within seconds", async () => {
    const path = pipe();
    rescueReader(path, plantedText());
    const error = await failure(openedSettings(settings, { env: { TOKEN_FILE: path } }));
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.message).toContain("ETIMEDOUT");
  });

  test("is read when another process writes it", async () => {
    const path = pipe();
    const text = plantedText();
    const written = writeInParts(path, text);
    const { token } = await openedSettings(settings, { env: { TOKEN_FILE: path } });
    await written;
    const again = plantedText();
    const [read] = await Promise.all([token(), writeInParts(path, again)]);
    expect(read).toBe(again);
  });

  test("that lost its writer fails the call, blocks no thread, and is read again", async () => {
    const path = pipe();
    const written = writeInParts(path, plantedText());
    const { token } = await openedSettings(settings, { env: { TOKEN_FILE: path } });
    await written;
    rescueReader(path, plantedText());
    // More than Node has threads for files.
    const errors = await Promise.all(Array.from({ length: 8 }, () => failure(token())));
    for (const { code, message } of errors) {
      expect(code).toBe("UNAVAILABLE");
      expect(message).toContain("TOKEN_FILE");
    }
    const text = plantedText();
    const [read] = await Promise.all([token(), writeInParts(path, text)]);
    expect(read).toBe(text);
  });

  test("is no longer awaited when a signal aborts", async () => {
    const controller = new AbortController();
    const path = pipe();
    rescueReader(path, plantedText());
    const reading = readFileInTime(path, controller.signal);
    const reason = new Error("given up");
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});
