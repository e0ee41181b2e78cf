import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type ConfigurationError, createSecretsManager, resolveSecretsManager } from "../../src/index.ts";
import {
  backend,
  definePlugin,
  type LiveSetting,
  type Setting,
  type StandardSchema,
  variable,
} from "../../src/plugin.ts";
import { plantedText } from "../planted.ts";
import { failure, thrownBy } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";

/** The value of one setting, read from variables, files and an option. */
async function read(
  setting: Setting,
  {
    env = {},
    files = {},
    option,
  }: { env?: Record<string, string>; files?: Record<string, string>; option?: unknown },
): Promise<unknown> {
  let received: unknown;
  const plugin = definePlugin({
    kind: backend,
    id: "STORE",
    contractVersion: 1,
    options: option === undefined ? {} : { setting: option },
    settings: { setting },
    create: ({ setting }) => {
      received = setting;
      return fakeBackend();
    },
  });
  await createSecretsManager({ plugins: [plugin], manager: "STORE", env, readFile: reader(files) });
  return received;
}

const reader = (files: Record<string, string>) => (path: string) => {
  const content = files[path];
  if (content === undefined) throw Object.assign(new Error(`quoting ${plantedText()}`), { code: "ENOENT" });
  return content;
};

const issueOf = async (call: Promise<unknown>) => ((await failure(call)) as ConfigurationError).issues[0];

const secret = variable("KEY", { secret: true, required: true, description: "The key." });
const plain = variable("PLACE", { default: "here", description: "The place." });

describe("a setting comes", () => {
  test("from the option, else the variable, else the file, else the default", async () => {
    const files = { "/key": "of the file" };
    expect(await read(secret, { option: "of the option", env: { KEY: "of the variable" } })).toBe(
      "of the option",
    );
    expect(await read(secret, { env: { KEY: "of the variable" } })).toBe("of the variable");
    expect(await read(secret, { env: { KEY_FILE: "/key" }, files })).toBe("of the file");
    expect(await read(secret, { env: { KEY: " ", KEY_FILE: "/key" }, files })).toBe("of the file");
    expect(await read(secret, { option: " ", env: { KEY: "of the variable" } })).toBe("of the variable");
    expect(await read(plain, { env: { PLACE: "there" } })).toBe("there");
    expect(await read(plain, { env: { PLACE: "\t " } })).toBe("here");
    expect(await read(variable("X", { description: "Optional." }), {})).toBeUndefined();
  });

  test.each([
    ["a\n", "a"],
    ["a\r\n", "a"],
    ["a\n\n", "a\n"],
    [" a ", " a "],
    ["a", "a"],
  ])("from a file that holds %j as %j: exactly one newline is lost", async (content, value) => {
    expect(await read(secret, { env: { KEY_FILE: "/key" }, files: { "/key": content } })).toBe(value);
  });

  test("from a file only when it is secret", async () => {
    expect(await read(plain, { env: { PLACE_FILE: "/absent" } })).toBe("here");
  });
});

describe("a setting is refused", () => {
  test("when the variable and its file are both set", async () => {
    const issue = await issueOf(read(secret, { env: { KEY: plantedText(), KEY_FILE: "/key" } }));
    expect(issue).toMatchObject({ problem: "conflict", variable: "KEY", option: "setting", plugin: "STORE" });
    expect(issue?.expected).toContain("KEY_FILE");
  });

  test("when its file cannot be read, with the system's code and without the path", async () => {
    const issue = await issueOf(read(secret, { env: { KEY_FILE: "/absent" } }));
    expect(issue).toMatchObject({ problem: "unreadable", variable: "KEY" });
    expect(issue?.expected).toMatch(/that KEY_FILE names does not exist \(ENOENT\)/);
    expect(issue?.expected).not.toContain("/absent");
  });

  test("when its file is empty, which is not the same as missing", async () => {
    const issue = await issueOf(read(secret, { env: { KEY_FILE: "/key" }, files: { "/key": " \n" } }));
    expect(issue?.problem).toBe("invalid");
  });

  test("when it is missing, with its description and the remedy", async () => {
    const setting = variable("KEY", {
      secret: true,
      required: true,
      description: "The key.",
      remedy: "Make one so.",
    });
    const issue = await issueOf(read(setting, {}));
    expect(issue).toMatchObject({ problem: "missing", variable: "KEY", option: "setting" });
    expect(issue?.expected).toMatch(/KEY_FILE.*The key\. Make one so\./);
  });

  const quoting: StandardSchema<string> = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (input) => ({ issues: [{ message: `bad value ${String(input)}` }] }),
    },
  };

  test("with the schema's message if it is not secret and the message does not repeat the value", async () => {
    const setting = variable("PLACE", { schema: quoting, description: "The place." });
    const issue = await issueOf(read(setting, { env: { PLACE: "nowhere" } }));
    expect(issue?.expected).toBe("has a value that is not accepted. The place.");
    const naming = variable("PLACE", {
      schema: {
        "~standard": {
          version: 1,
          vendor: "test",
          validate: () => ({ issues: [{ message: "must be near" }] }),
        },
      },
      description: "The place.",
    });
    expect((await issueOf(read(naming, { env: { PLACE: "nowhere" } })))?.expected).toBe(
      "must be near. The place.",
    );
  });

  test("without any part of an address", async () => {
    const refusing: StandardSchema<string> = {
      "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "is bad" }] }) },
    };
    const setting = variable("PLACE", { schema: refusing, description: "The place." });
    const text = plantedText();
    for (const given of [
      `https://user:${text}@host:8200/path`,
      `https://us@er:pa/ss?${text}@host`,
      `user:${text}@host`,
      `https://host/?token=${text}`,
      `https://host#${text}`,
    ]) {
      const issue = await issueOf(read(setting, { env: { PLACE: given } }));
      expect(issue?.expected).toMatch(/^(is bad|holds a URL with a password)/);
      expect(issue?.expected).not.toMatch(/host|path|user/);
    }
  });

  test("without the schema's message and the value if it is secret, unless the messages are declared safe", async () => {
    const setting = variable("KEY", { schema: quoting, secret: true, description: "The key." });
    const text = plantedText();
    const issue = await issueOf(read(setting, { env: { KEY: text } }));
    expect(issue?.expected).toBe("has a value that is not accepted. The key.");
    const safe = variable("KEY", {
      schema: {
        "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "is bad" }] }) },
      },
      schemaMessagesAreSafe: true,
      secret: true,
      description: "The key.",
    });
    expect((await issueOf(read(safe, { env: { KEY: text } })))?.expected).toBe("is bad. The key.");
  });

  test("with a TypeError when its schema is asynchronous", async () => {
    const setting = variable("PLACE", {
      schema: {
        "~standard": { version: 1, vendor: "test", validate: async (value: unknown) => ({ value }) },
      },
      description: "The place.",
    });
    await expect(read(setting, { env: { PLACE: "x" } })).rejects.toThrow(TypeError);
  });
});

describe("a setting", () => {
  const two = {
    first: variable("FIRST", { secret: true, requiredUnless: "SECOND", description: "First." }),
    second: variable("SECOND", { secret: true, description: "Second." }),
  };
  const plugin = definePlugin({
    kind: backend,
    id: "STORE",
    contractVersion: 1,
    settings: two,
    create: () => fakeBackend(),
  });
  const resolveTwo = (env: Record<string, string>) =>
    resolveSecretsManager([plugin], env, { manager: "STORE" });

  test("is required unless the other one is set", () => {
    expect(resolveTwo({ FIRST: "x" }).manager).toBe("STORE");
    expect(resolveTwo({ SECOND: "x" }).manager).toBe("STORE");
    const error = thrownBy(() => resolveTwo({})) as ConfigurationError;
    expect(error.issues).toMatchObject([
      { problem: "missing", variable: "FIRST", expected: expect.stringContaining("unless SECOND is") },
    ]);
  });

  test("that is live is read and validated again at each call, from the file or from code", async () => {
    const setting = variable("KEY", { secret: true, live: true, required: true, description: "The key." });
    const files: Record<string, string> = { "/key": "first\n" };
    const live = (await read(setting, { env: { KEY_FILE: "/key" }, files })) as LiveSetting<string>;
    expect(await live()).toBe("first");
    files["/key"] = "second\n";
    expect(await live()).toBe("second");
    delete files["/key"];
    const error = await failure(live());
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.message).toContain("KEY_FILE");

    let counter = 0;
    const inCode = (await read(setting, {
      option: async () => `call ${++counter}`,
    })) as LiveSetting<string>;
    expect([await inCode(), await inCode()]).toEqual(["call 1", "call 2"]);

    const fixed = (await read(setting, { env: { KEY: "text" } })) as LiveSetting<string>;
    expect([live.mayChange, inCode.mayChange, fixed.mayChange]).toEqual([true, true, false]);
  });

  test("that the plugin does not declare is a TypeError", () => {
    const define = () =>
      definePlugin({
        kind: backend,
        id: "STORE",
        contractVersion: 1,
        options: { adress: "x" } as never,
        settings: { address: plain },
        create: () => fakeBackend(),
      });
    expect(define).toThrow(/no option `adress`. Its options: address/);
  });

  test("passed in code is not shown when the descriptor is printed", () => {
    const key = plantedText();
    const described = definePlugin({
      kind: backend,
      id: "STORE",
      contractVersion: 1,
      options: { secret: key },
      settings: { secret },
      create: () => fakeBackend(),
    });
    const shown = [
      inspect(described, { showHidden: true, customInspect: false, depth: 9 }),
      JSON.stringify(described),
    ];
    expect(shown.join()).not.toContain(key);
  });

  test("is described with its source, and with its value only if it is not secret", () => {
    const key = plantedText();
    const described = definePlugin({
      kind: backend,
      id: "STORE",
      contractVersion: 1,
      settings: { secret, plain },
      create: () => fakeBackend(),
    });
    const { settings } = resolveSecretsManager(
      [described],
      { KEY: key, PLACE: "there" },
      { manager: "STORE" },
    );
    expect(settings).toEqual([
      { plugin: "STORE", option: "secret", variable: "KEY", source: "variable" },
      { plugin: "STORE", option: "plain", variable: "PLACE", source: "variable", value: "there" },
    ]);
  });
});
