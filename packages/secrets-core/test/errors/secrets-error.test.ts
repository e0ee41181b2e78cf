import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ConfigurationError, isSecretsError, SecretsError, type SecretsErrorCode } from "../../src/index.ts";
import { plantedText } from "../planted.ts";

const retryable: Readonly<Record<SecretsErrorCode, boolean>> = {
  NOT_FOUND: false,
  ALREADY_EXISTS: false,
  CONFLICT: true,
  INVALID_ARGUMENT: false,
  INVALID_CONFIGURATION: false,
  UNAUTHENTICATED: false,
  PERMISSION_DENIED: false,
  UNAVAILABLE: true,
  RATE_LIMITED: true,
  TIMEOUT: true,
  ABORTED: false,
  DECRYPTION_FAILED: false,
  INVALID_VALUE: false,
  OUTCOME_UNKNOWN: false,
  REFRESH_FAILED: true,
  UNSUPPORTED: false,
  CLOSED: false,
  INTERNAL: false,
};
const codes = Object.keys(retryable) as SecretsErrorCode[];

describe("a SecretsError", () => {
  test.each(codes)("of code %s says whether the same call can succeed later", (code) => {
    const error = new SecretsError(code, "It failed.");

    expect(error).toMatchObject({
      code,
      message: "It failed.",
      name: "SecretsError",
      retryable: retryable[code],
    });
    expect(new SecretsError(code, "It failed.", { retryable: !retryable[code] }).retryable).toBe(
      !retryable[code],
    );
  });

  test("has only the documented properties", () => {
    const known = { reason: "NAME_EMPTY", operation: "get", manager: "DB", secretName: "a" };

    expect(new SecretsError("INTERNAL", "It failed.", known)).toMatchObject(known);
    const bare = new SecretsError("INTERNAL", "It failed.");
    expect(Object.keys(bare).sort()).toEqual(["code", "retryable"]);
    expect("cause" in bare).toBe(false);
  });

  test("is an Error with a stack that begins with its name and message", () => {
    const error = new SecretsError("CLOSED", "It is closed.");

    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toMatch(/^SecretsError: It is closed\.\n/);
  });

  test("has all safe properties as JSON, without a stack", () => {
    const error = new SecretsError("UNAVAILABLE", "It is down.", {
      reason: "SEALED",
      operation: "get",
      manager: "VAULT",
      secretName: "a",
      cause: Object.assign(new Error(plantedText()), { code: "ECONNREFUSED", statusCode: 503 }),
    });

    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "SecretsError",
      message: "It is down.",
      code: "UNAVAILABLE",
      retryable: true,
      reason: "SEALED",
      operation: "get",
      manager: "VAULT",
      secretName: "a",
      cause: { name: "Error", code: "ECONNREFUSED", status: 503 },
    });
  });

  test("shows its code and reason when printed", () => {
    const printed = inspect(new SecretsError("CONFLICT", "Changed.", { reason: "OTHER_MANAGER" }));
    expect(printed).toContain("CONFLICT");
    expect(printed).toContain("OTHER_MANAGER");
  });
});

describe("the cause of a SecretsError", () => {
  class DriverError extends Error {
    override name = "DriverError";
    readonly query = `INSERT ${plantedText()}`;
    readonly rows = [{ value: plantedText() }];
    readonly config = { headers: { authorization: plantedText() } };
  }

  const hostile = {
    get name(): string {
      throw new Error(plantedText());
    },
    get code(): string {
      throw new Error(plantedText());
    },
    status: 500,
  };

  test.each<[what: string, cause: unknown, kept: object]>([
    ["a native error", new TypeError(plantedText()), { name: "TypeError" }],
    ["a driver's error with rows and headers", new DriverError(plantedText()), { name: "DriverError" }],
    [
      "an error with causes of its own",
      new Error(plantedText(), { cause: new Error(plantedText()) }),
      { name: "Error" },
    ],
    [
      "several errors in one",
      new AggregateError([new Error(plantedText())], plantedText()),
      { name: "AggregateError" },
    ],
    [
      "a system's code",
      Object.assign(new Error(plantedText()), { code: "ECONNRESET" }),
      { name: "Error", code: "ECONNRESET" },
    ],
    [
      "an SQL state",
      Object.assign(new Error(plantedText()), { code: "23505" }),
      { name: "Error", code: "23505" },
    ],
    ["a numeric code", Object.assign(new Error(plantedText()), { code: 5 }), { name: "Error", code: 5 }],
    [
      "an HTTP status",
      Object.assign(new Error(plantedText()), { statusCode: 403 }),
      { name: "Error", status: 403 },
    ],
    ["a code that is a sentence", Object.assign(new Error("x"), { code: plantedText() }), { name: "Error" }],
    [
      "a name that is a sentence",
      Object.assign(new Error("x"), { name: `Error: ${plantedText()}` }),
      { name: "Error" },
    ],
    [
      "a status that is a string",
      Object.assign(new Error("x"), { status: plantedText() }),
      { name: "Error" },
    ],
    ["an object whose getters throw", hostile, { name: "Error", status: 500 }],
    ["a string", plantedText(), { name: "string" }],
    ["null", null, { name: "object" }],
    ["JSON.parse's error, which quotes its input", parseError(), { name: "SyntaxError" }],
    ["URL's error, which keeps its input", urlError(), { name: "TypeError", code: "ERR_INVALID_URL" }],
  ])("keeps only the safe properties of %s", (_what, cause, kept) => {
    expect(new SecretsError("INTERNAL", "It failed.", { cause }).cause).toEqual(kept);
  });
});

describe("a ConfigurationError", () => {
  const issues = [
    { problem: "missing", variable: "A", option: "a", plugin: "DB", expected: "must be set." },
    { problem: "invalid", expected: "is wrong." },
  ] as const;

  test("lists every issue, one a line, in its message", () => {
    const error = new ConfigurationError("It cannot be used.", issues);

    expect(error.message).toBe("It cannot be used.\n  - A or option `a`: must be set.\n  - is wrong.");
    expect(error).toMatchObject({
      code: "INVALID_CONFIGURATION",
      name: "ConfigurationError",
      retryable: false,
      issues,
    });
    expect(isSecretsError(error, "INVALID_CONFIGURATION")).toBe(true);
  });

  test("has its issues as JSON", () => {
    const json = JSON.parse(JSON.stringify(new ConfigurationError("It cannot be used.", issues)));
    expect(json).toMatchObject({ name: "ConfigurationError", code: "INVALID_CONFIGURATION", issues });
  });

  test("copies and freezes its issues", () => {
    const mine = [{ problem: "missing" as const, expected: "must be set." }];
    const error = new ConfigurationError("It cannot be used.", mine);
    mine.pop();

    expect(error.issues).toHaveLength(1);
    expect(Object.isFrozen(error.issues)).toBe(true);
    expect(error.issues.every(Object.isFrozen)).toBe(true);
  });
});

describe("isSecretsError", () => {
  test("recognizes a SecretsError, also by its code", () => {
    const error = new SecretsError("NOT_FOUND", "It is not there.");

    expect(isSecretsError(error)).toBe(true);
    expect(isSecretsError(error, "NOT_FOUND")).toBe(true);
    expect(isSecretsError(error, "CONFLICT")).toBe(false);
  });

  test.each<[unknown]>([
    [undefined],
    [null],
    ["NOT_FOUND"],
    [new Error("NOT_FOUND")],
    [{ code: "NOT_FOUND", retryable: false, name: "SecretsError" }],
    [JSON.parse(JSON.stringify(new SecretsError("NOT_FOUND", "It is not there.")))],
    [() => {}],
  ])("returns false for %o", (thing) => {
    expect(isSecretsError(thing)).toBe(false);
  });
});

function parseError(): unknown {
  try {
    return JSON.parse(`{"token": ${plantedText()}}`);
  } catch (error) {
    return error;
  }
}

function urlError(): unknown {
  try {
    return new URL(`//${plantedText()}`);
  } catch (error) {
    return error;
  }
}
