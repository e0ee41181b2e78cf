import { Console } from "node:console";
import { Writable } from "node:stream";
import { ConsoleLogger, Logger as NestLogger } from "@nestjs/common";
import bunyan from "bunyan";
import { type Logger as PinoLogger, pino } from "pino";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import winston from "winston";
import { type CreateSecretsManagerOptions, createSecretsManager } from "../../src/index.ts";
import { backend, definePlugin, openStandalone, variable } from "../../src/plugin.ts";
import { plantedText } from "../planted.ts";
import { fakeBackend } from "../support/fake-backend.ts";

type GivenLogger = CreateSecretsManagerOptions["logger"];

/** What a logger printed. */
class Printed extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Of Nest's logger, which writes to the process itself. */
function printedByProcess(): Printed {
  const printed = new Printed();
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, "write").mockImplementation((chunk) => printed.write(String(chunk)));
    onTestFinished(() => spy.mockRestore());
  }
  return printed;
}

/** A plugin that reports a problem and a success when it opens. */
const reporting = () =>
  definePlugin({
    kind: backend,
    id: "STORE",
    contractVersion: 1,
    settings: { key: variable("STORE_KEY", { secret: true, required: true, description: "The key." }) },
    create: (_settings, { logger }) => {
      logger.warn({ code: "A_PROBLEM", failed: 471 }, "Something is wrong. Mend it.");
      logger.info?.({ code: "A_SUCCESS", moved: 582 }, "Something was done.");
      return fakeBackend();
    },
  });

async function start(logger: GivenLogger): Promise<string> {
  const secret = plantedText();
  const env = { ARCHESTRA_SECRETS_MANAGER: "STORE", STORE_KEY: secret };
  await createSecretsManager({ plugins: [reporting()], env, logger });
  return secret;
}

const custom = { levels: { warn: 0, debug: 1 }, level: "debug" };

const loggers: readonly [name: string, create: (printed: Printed) => GivenLogger][] = [
  ["pino", (printed) => pino(printed)],
  ["a child of pino", (printed) => pino(printed).child({ part: "secrets" })],
  [
    "pino with a level called `log`",
    (printed) => pino({ customLevels: { log: 35 } }, printed) as PinoLogger<"log"> as unknown as PinoLogger,
  ],
  ["bunyan", (printed) => bunyan.createLogger({ name: "application", stream: printed })],
  [
    "winston as JSON",
    (printed) => winston.createLogger({ transports: [new winston.transports.Stream({ stream: printed })] }),
  ],
  [
    "winston in simple lines",
    (printed) =>
      winston.createLogger({
        format: winston.format.simple(),
        transports: [new winston.transports.Stream({ stream: printed })],
      }),
  ],
  [
    "a child of winston",
    (printed) =>
      winston
        .createLogger({ transports: [new winston.transports.Stream({ stream: printed })] })
        .child({ part: "secrets" }),
  ],
  ["console", (printed) => new Console(printed)],
];

describe("the option `logger`", () => {
  test.each(loggers)(
    "prints the message and the fields of warnings and successes with %s",
    async (_name, create) => {
      const printed = new Printed();
      const secret = await start(create(printed));
      expectBoth(printed.text, secret);
    },
  );

  test.each([
    ["Nest's logger", () => new NestLogger()],
    ["Nest's logger of a class", () => new NestLogger("SecretsModule")],
    ["Nest's logger as JSON", () => new ConsoleLogger({ json: true })],
  ])("prints the message and the fields of warnings and successes with %s", async (_name, create) => {
    const printed = printedByProcess();
    const secret = await start(create());
    expectBoth(printed.text, secret);
  });

  test("reports successes at the level `info`, and no success as a warning", async () => {
    const printed = new Printed();
    await start(pino(printed));
    const lines = printed.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { level: 40, code: "A_PROBLEM", failed: 471, msg: "Something is wrong. Mend it." },
      { level: 30, code: "A_SUCCESS", moved: 582, msg: "Something was done." },
    ]);
  });

  test("may have no `info`: a success is then not reported", async () => {
    const warn = vi.fn();
    await start({ warn });
    expect(warn.mock.calls.map(([fields]) => fields.code)).toEqual(["A_PROBLEM"]);
    const printed = new Printed();
    await start(
      winston.createLogger({ ...custom, transports: [new winston.transports.Stream({ stream: printed })] }),
    );
    expect(printed.text).toContain("Something is wrong.");
  });

  test("absent, gives warnings to the process and no successes", async () => {
    const emit = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    onTestFinished(() => emit.mockRestore());
    await start(undefined);
    expect(emit.mock.calls.map(([message]) => message)).toEqual(["Something is wrong. Mend it."]);
  });

  test("is used by openStandalone in the same order", async () => {
    const printed = new Printed();
    const secret = plantedText();
    await openStandalone(reporting(), { env: { STORE_KEY: secret }, logger: new Console(printed) });
    expectBoth(printed.text, secret);
  });

  test.each([{}, { log() {} }, "logger", 5])("without a method `warn` is refused: %s", async (logger) => {
    const options = { env: { STORE_KEY: "a key" }, logger: logger as never };
    const plugins = [reporting()];
    for (const opening of [
      createSecretsManager({ plugins, ...options }),
      openStandalone(reporting(), options),
    ])
      await expect(opening).rejects.toThrow(/`logger` .* pino, winston, bunyan or Nest/);
  });
});

/** The order of both is the logger's own; each message and each field is there. */
function expectBoth(printed: string, secret: string): void {
  for (const text of ["Something is wrong. Mend it.", "A_PROBLEM", "471"]) expect(printed).toContain(text);
  for (const text of ["Something was done.", "A_SUCCESS", "582"]) expect(printed).toContain(text);
  expect(printed).not.toContain(secret);
}
