import { showsPlantedText } from "@archestra/test-harness/planted-values";
import { describe, expect, test } from "vitest";
import {
  type ConfigurationError,
  createSecretsManager,
  type Environment,
  type Resolution,
  resolveSecretsManager,
} from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import {
  booleanSetting,
  type Plugin,
  type SettingDeclarations,
  type StandardSchema,
  variable,
} from "../../src/plugin.ts";
import { plantedText } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { openedSettings, resolveSettings } from "../support/settings-plugin.ts";

const privateKey = () =>
  `-----BEGIN PRIVATE KEY-----\n${plantedText()}\n${plantedText()}\n-----END PRIVATE KEY-----\n`;

/** Secrets as people paste them by mistake. */
const forms: Readonly<Record<string, () => string>> = {
  "a word": plantedText,
  "a word in quotes": () => `"${plantedText()}"`,
  "a word with a newline": () => `${plantedText()}\n`,
  "a token of Vault": () => `hvs.${plantedText()}`,
  "a JSON web token": () => `eyJhbGciOiJSUzI1NiJ9.eyJ${plantedText()}.${plantedText()}`,
  "a private key": privateKey,
  "a private key on one line": () => privateKey().replaceAll("\n", "\\n"),
  "a URL with a password": () => `postgres://application:${plantedText()}@database.example/secrets`,
  "a URL with a password that is not percent-encoded": () =>
    `postgres://application:12/${plantedText()}@database.example/secrets`,
  "a URL with a token in its query": () => `https://vault.example?token=${plantedText()}`,
  "a path": () => `/run/secrets/${plantedText()}`,
  "a very long text": () => plantedText().repeat(4_000),
};
const every = Object.entries(forms);

const refusing: StandardSchema<string> = schemaOf(() => "is not accepted");
const quoting: StandardSchema<string> = schemaOf((input) => `received ${JSON.stringify(input)}`);
const quotingHalf: StandardSchema<string> = schemaOf(
  (input) => `received ${input.slice(0, Math.ceil(input.length / 2))}…`,
);

function schemaOf(message: (input: string) => string): StandardSchema<string> {
  const validate = (input: unknown) => ({ issues: [{ message: message(String(input)) }] });
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** What resolving and starting say of settings that are refused. */
async function refusalOf(
  env: Environment,
  plugins: readonly Plugin[] = [memoryPlugin()],
): Promise<{ readonly shown: unknown; readonly error: ConfigurationError }> {
  const logger = recordedLogger();
  const error = (await failure(
    createSecretsManager({ plugins: [...plugins], env, logger }),
  )) as ConfigurationError;
  expect(error.code).toBe("INVALID_CONFIGURATION");
  return { shown: [error, error.issues, error.message, logger.warnings], error };
}

describe("a secret in a variable of core is shown nowhere", () => {
  test.each(every)("%s in ARCHESTRA_SECRETS_MANAGER", async (_form, make) => {
    const { shown, error } = await refusalOf({ ARCHESTRA_SECRETS_MANAGER: make() });
    expect(showsPlantedText(shown)).toBe(false);
    expect(error.message).toContain("ARCHESTRA_SECRETS_MANAGER");
    expect(error.message).toMatch(/Installed: MEMORY|such as `DB`/);
  });

  test.each(every)("%s in ARCHESTRA_SECRETS_STRICT", async (_form, make) => {
    const { shown, error } = await refusalOf({
      ARCHESTRA_SECRETS_MANAGER: "MEMORY",
      ARCHESTRA_SECRETS_STRICT: make(),
    });
    expect(showsPlantedText(shown)).toBe(false);
    expect(error.issues).toMatchObject([{ problem: "invalid", variable: "ARCHESTRA_SECRETS_STRICT" }]);
  });
});

test("the error names the id of one of our plugins that is not installed, with its package", async () => {
  const { error } = await refusalOf({ ARCHESTRA_SECRETS_MANAGER: " vault" });
  expect(error.message).toContain("VAULT is not installed");
  expect(error.message).toContain("@archestra/secrets-vault");
});

function issuesOf(settings: SettingDeclarations, env: Environment, files: Record<string, string> = {}) {
  let error: ConfigurationError | undefined;
  try {
    resolveSettings(settings, { env, files });
  } catch (thrown) {
    error = thrown as ConfigurationError;
  }
  expect(error?.code).toBe("INVALID_CONFIGURATION");
  return { shown: error, issues: error?.issues ?? [] };
}

describe("a secret in a variable that its schema refuses is shown nowhere", () => {
  const schemas = {
    "a schema": refusing,
    "a schema that quotes": quoting,
    "one that quotes half": quotingHalf,
  };
  const kinds = Object.entries(schemas).flatMap(([kind, schema]) =>
    every.map(([form, make]) => ({ kind, form, make, schema })),
  );
  test.each(kinds)("$form, refused by $kind", ({ make, schema }) => {
    const place = variable("PLACE", { schema, description: "The place." });
    const { shown, issues } = issuesOf({ place }, { PLACE: make() });
    expect(showsPlantedText(shown)).toBe(false);
    expect(issues).toMatchObject([{ problem: "invalid", variable: "PLACE" }]);
    expect(issues[0]?.expected).toContain("The place.");
  });

  test.each(every)("%s, given in code", (_form, make) => {
    const flag = variable("FLAG", { schema: booleanSetting, description: "The flag." });
    let error: unknown;
    try {
      resolveSettings({ flag }, { options: { flag: make() } });
    } catch (thrown) {
      error = thrown;
    }
    expect(showsPlantedText(error)).toBe(false);
    expect((error as ConfigurationError).issues).toMatchObject([{ problem: "invalid", option: "flag" }]);
  });
});

describe("a secret that is put into the variable of its file is shown nowhere", () => {
  const settings = { key: variable("KEY", { secret: true, required: true, description: "The key." }) };

  test.each(every)("%s", (_form, make) => {
    const { shown, issues } = issuesOf(settings, { KEY_FILE: make() });
    expect(showsPlantedText(shown)).toBe(false);
    expect(issues).toMatchObject([{ problem: "unreadable", variable: "KEY" }]);
    expect(issues[0]?.expected).toContain("KEY_FILE");
  });

  test.each(["a word", "a token of Vault", "a JSON web token", "a private key", "a URL with a password"])(
    "%s: the message says that it belongs in the variable itself",
    (form) => {
      const { issues } = issuesOf(settings, { KEY_FILE: (forms[form] as () => string)() });
      expect(issues[0]?.expected).toContain("set KEY instead of KEY_FILE");
    },
  );

  test("nor is the error of reading a file, except for its code", () => {
    const planted = plantedText();
    const readFile = () => {
      throw Object.assign(new Error(planted), { code: `E ${planted}`, path: planted });
    };
    let error: unknown;
    try {
      resolveSettings(settings, { env: { KEY_FILE: planted }, readFile });
    } catch (thrown) {
      error = thrown;
    }
    expect((error as ConfigurationError).issues).toMatchObject([{ problem: "unreadable" }]);
    expect(showsPlantedText(error)).toBe(false);
  });

  test("a path whose file was removed is not shown by the calls that follow", async () => {
    const live = {
      key: variable("KEY", { secret: true, live: true, required: true, description: "The key." }),
    };
    const path = `/run/secrets/${plantedText()}`;
    const files: Record<string, string> = { [path]: plantedText() };
    const { key } = await openedSettings(live, { env: { KEY_FILE: path }, files });
    delete files[path];
    const error = await failure((key as () => Promise<string>)());
    expect(error.message).toContain("KEY_FILE");
    expect(showsPlantedText(error)).toBe(false);
  });

  test("the path of a file that is there and empty is shown", () => {
    const { issues } = issuesOf(settings, { KEY_FILE: "/run/secrets/key" }, { "/run/secrets/key": "\n" });
    expect(issues[0]?.expected).toContain('"/run/secrets/key"');
  });
});

describe("a setting that is not secret rejects a text that can only be a secret", () => {
  const settings = { role: variable("ROLE", { description: "The role." }) };
  const unmistakable = [
    ["a token of Vault", "Vault token"],
    ["a JSON web token", "JSON web token"],
    ["a private key", "private key"],
    ["a private key on one line", "private key"],
    ["a URL with a password", "URL with a password"],
    ["a URL with a password that is not percent-encoded", "URL with a password"],
  ] as const;

  test.each(unmistakable)("%s", (form, named) => {
    const { shown, issues } = issuesOf(settings, { ROLE: (forms[form] as () => string)() });
    expect(showsPlantedText(shown)).toBe(false);
    expect(issues).toMatchObject([{ problem: "invalid", variable: "ROLE" }]);
    expect(issues[0]?.expected).toContain(named);
    expect(issues[0]?.expected).toContain("The role.");
  });

  test.each([
    "application",
    "secret/data/archestra",
    "https://vault.example.com:8200/proxy",
    "https://registry.example:8443/@scope/package",
    "-----BEGIN CERTIFICATE-----",
    "hvs.example.com",
    "s.example-of-a-long-name.internal",
  ])("and accepts and describes %s", (text) => {
    expect(resolveSettings(settings, { env: { ROLE: text } }).settings).toMatchObject([
      { source: "variable", value: text },
    ]);
  });
});

test("a text of many separators is recognized in linear time", () => {
  const settings = { role: variable("ROLE", { description: "The role." }) };
  // What grows with the square of the length takes minutes.
  for (const text of [":", ":/", "/:", ":x", "://"]) {
    const url = `scheme://${text.repeat(400_000)}`;
    expect(resolveSettings(settings, { env: { ROLE: url } }).settings[0]?.source).toBe("variable");
  }
}, 20_000);

describe("the description of settings", () => {
  const describedAs = (resolution: Resolution) => resolution.settings[0]?.value;

  test.each([
    ["several lines", "one\ntwo"],
    ["an escape sequence", "\u001b[31mred"],
    ["a direction of writing", "safe\u202etxt"],
    ["more than a thousand characters", "a".repeat(1_001)],
  ])("leaves out a text with %s", (_what, text) => {
    const settings = { role: variable("ROLE", { description: "The role." }) };
    expect(describedAs(resolveSettings(settings, { env: { ROLE: text } }))).toBeUndefined();
  });

  test("shows no path of a setting that names a file, but the default", () => {
    const settings = {
      tokenPath: variable("TOKEN_PATH", { path: true, default: "/run/token", description: "The file." }),
    };
    expect(describedAs(resolveSettings(settings))).toBe("/run/token");
    for (const form of [
      "a word",
      "a word in quotes",
      "a word with a newline",
      "a path",
      "a very long text",
    ]) {
      const resolution = resolveSettings(settings, { env: { TOKEN_PATH: (forms[form] as () => string)() } });
      expect(resolution.settings).toMatchObject([{ source: "variable" }]);
      expect(showsPlantedText(resolution)).toBe(false);
    }
  });

  test("of the manager, too", async () => {
    const manager = await createSecretsManager({
      plugins: [memoryPlugin()],
      env: { ARCHESTRA_SECRETS_MANAGER: "memory" },
    });
    expect(manager.describe().requested).toBe("MEMORY");
    await manager.close();
    expect(resolveSecretsManager([memoryPlugin()], { ARCHESTRA_SECRETS_MANAGER: "memory" }).requested).toBe(
      "MEMORY",
    );
  });
});

test("the message of a core schema is shown even if it repeats a short text", () => {
  const settings = { flag: variable("FLAG", { schema: booleanSetting, description: "The flag." }) };
  expect(issuesOf(settings, { FLAG: "alse" }).issues[0]?.expected).toBe(
    "must be `true` or `false`. The flag.",
  );
});

test("a setting that names a file says that it holds PEM", () => {
  const settings = { tokenPath: variable("TOKEN_PATH", { path: true, description: "The file." }) };
  for (const text of ["-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", privateKey()]) {
    const { shown, issues } = issuesOf(settings, { TOKEN_PATH: text });
    expect(showsPlantedText(shown)).toBe(false);
    expect(issues[0]?.expected).toContain("must be the path of a file");
    expect(issues[0]?.expected).toContain("PEM");
  }
});
