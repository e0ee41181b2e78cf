import { Console } from "node:console";
import { randomUUID } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { Writable } from "node:stream";
import { afterAll, afterEach } from "vitest";
import { renderingsOf } from "../../packages/secrets-testkit/src/redaction/renderings.ts";

/** Part of every secret that a test plants. It must never be seen where anybody but the holder of a secret looks. */
const MARKER = "PLANTED-b71f3c";

/** A secret text that nothing may show: unique, and found by the watch wherever it leaks. */
export function plantedText(): string {
  return `${MARKER}-${randomUUID()}`;
}

/** Whether anything that prints, logs or serialises this would show a planted text. */
export function showsPlantedText(thing: unknown): boolean {
  return renderingsOf(thing).some((text) => text.includes(MARKER));
}

type ErrorClass = abstract new (...parameters: never) => Error;

/**
 * Watches every place where a secret could leave: errors of ours whether or not they reach the test, warnings of the
 * process, events of the diagnostics channels, the console and both output streams. A test in which a planted text
 * shows up there fails. Called once by a setup file.
 *
 * @param secretsError the class of all errors of ours, of the copy of core that the tests run on
 */
export function watchForPlantedTexts(secretsError: ErrorClass): void {
  const seen: { readonly where: string; readonly thing: unknown }[] = [];
  const see = (where: string) => (thing: unknown) => {
    seen.push({ where, thing });
  };

  recordErrors(secretsError, see("an error"));
  process.on("warning", see("a warning of the process"));
  for (const subject of ["operation", "refresh", "login", "renewal", "sweep", "move"]) {
    for (const moment of ["start", "end", "asyncStart", "asyncEnd", "error"]) {
      const name = `tracing:archestra.secrets.${subject}:${moment}`;
      channel(name).subscribe(see(`an event of the channel ${name}`));
    }
  }
  recordConsole(see("the console"));
  recordWrites(process.stdout, see("standard output"));
  recordWrites(process.stderr, see("standard error"));

  const assertNothingShown = () => {
    const places = new Set(
      seen.splice(0).flatMap(({ where, thing }) => (showsPlantedText(thing) ? where : [])),
    );
    // The thing itself stays out of the message: this test has just proven that it must not be printed.
    if (places.size > 0)
      throw new Error(`A secret value that was planted shows in ${[...places].join(", ")}.`);
  };
  afterEach(assertNothingShown);
  afterAll(async () => {
    // Warnings are emitted on the next tick.
    await new Promise((resolve) => setImmediate(resolve));
    assertNothingShown();
  });
}

/** `super(…)` in a class calls whatever its constructor inherits from at that moment. */
function recordErrors(errorClass: ErrorClass, see: (error: Error) => void): void {
  class RecordedError extends Error {
    constructor(message?: string, options?: ErrorOptions) {
      super(message, options);
      see(this);
    }
  }
  Object.setPrototypeOf(errorClass, RecordedError);
}

function recordConsole(see: (text: string) => void): void {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      see(String(chunk));
      done();
    },
  });
  const recording = new Console(stream, stream);
  for (const method of ["debug", "dir", "error", "info", "log", "table", "trace", "warn"] as const) {
    const original = console[method].bind(console) as (...data: unknown[]) => void;
    console[method] = (...data: unknown[]) => {
      (recording[method] as (...data: unknown[]) => void)(...data);
      original(...data);
    };
  }
}

function recordWrites(stream: NodeJS.WriteStream, see: (text: string) => void): void {
  const write = stream.write.bind(stream) as (...parameters: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...rest: unknown[]) => {
    see(typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString());
    return write(chunk, ...rest);
  };
}
