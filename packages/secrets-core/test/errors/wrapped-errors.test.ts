import { describe, expect, test } from "vitest";
import { SecretsError, type SecretsErrorCode } from "../../src/index.ts";
import { ConfigurationError, type SecretsBackend } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { readingCalls, writingCalls } from "../support/calls.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";

/** The errors here come from a client library, which memory has none of. */
function failingBackend(error: unknown, classify?: SecretsBackend["classify"]): SecretsBackend {
  const fail = () => Promise.reject(error);
  return fakeBackend({
    get: fail,
    has: fail,
    write: fail,
    delete: fail,
    getMany: fail,
    // biome-ignore lint/correctness/useYield: it fails before
    list: async function* () {
      throw error;
    },
    ...(classify === undefined ? {} : { classify }),
  });
}

function driverError(): Error {
  const error = new Error(`value ${plantedText()} of column value is too long`, {
    cause: new Error(plantedText()),
  });
  return Object.assign(error, {
    code: "ECONNREFUSED",
    status: 503,
    detail: plantedText(),
    request: { headers: { "x-vault-token": plantedText() } },
    response: { body: plantedText() },
  });
}

describe.each([...readingCalls, ...writingCalls])("a foreign error from %s", (call, run) => {
  test("becomes INTERNAL, and keeps only its name, code and status", async () => {
    const manager = await openBackend(failingBackend(driverError()));

    const error = await failure(run(manager));

    expect(error).toMatchObject({
      code: "INTERNAL",
      retryable: false,
      operation: call.split(" ")[0],
      manager: "FAKE",
    });
    expect(error.cause).toEqual({ name: "Error", code: "ECONNREFUSED", status: 503 });
  });

  test("gets the code that the backend's classify gives", async () => {
    const foreign = driverError();
    const manager = await openBackend(
      failingBackend(foreign, (error) => (error === foreign ? "RATE_LIMITED" : undefined)),
    );

    expect(await failure(run(manager))).toMatchObject({ code: "RATE_LIMITED", retryable: true });
  });

  test("names the store", async () => {
    const backend = failingBackend(driverError(), () => "UNAVAILABLE");
    const manager = await openBackend(Object.assign(backend, { location: "the database app at db:5432" }));

    expect((await failure(run(manager))).message).toMatch(
      /\(FAKE\): the store is unreachable or does not serve requests at the moment\. The store is the database app at db:5432\.$/,
    );
  });
});

describe("a classify", () => {
  test.each<[string, SecretsBackend["classify"]]>([
    [
      "that throws",
      () => {
        throw new Error(plantedText());
      },
    ],
    ["that gives undefined", () => undefined],
    ["that gives no code of ours", () => "EBUSY" as SecretsErrorCode],
    ["that gives an inherited property of objects", () => "constructor" as SecretsErrorCode],
  ])("%s leaves the error INTERNAL", async (_what, classify) => {
    const manager = await openBackend(failingBackend(driverError(), classify));
    expect((await failure(manager.get("a"))).code).toBe("INTERNAL");
  });

  test("is not called for a SecretsError", async () => {
    const manager = await openBackend(
      failingBackend(new SecretsError("PERMISSION_DENIED", "Not allowed."), () => expect.unreachable()),
    );
    expect((await failure(manager.get("a"))).code).toBe("PERMISSION_DENIED");
  });
});

describe("a thrown value that is not an error", () => {
  test.each([undefined, null, 5, {}])("%s becomes INTERNAL", async (thing) => {
    const manager = await openBackend(failingBackend(thing));
    expect((await failure(manager.get("a"))).code).toBe("INTERNAL");
  });

  test("such as a string is not quoted", async () => {
    const manager = await openBackend(failingBackend(plantedText()));
    expect((await failure(manager.get("a"))).cause).toEqual({ name: "string" });
  });
});

describe("a SecretsError from a backend", () => {
  test("receives the call, the manager and the secret, in its fields and in its message", async () => {
    const manager = await openBackend(
      failingBackend(
        new SecretsError("UNAVAILABLE", "The server is sealed.", { reason: "SEALED", retryable: false }),
      ),
    );

    const error = await failure(manager.get("a/b"));

    expect(error).toMatchObject({
      code: "UNAVAILABLE",
      reason: "SEALED",
      retryable: false,
      operation: "get",
      manager: "FAKE",
      secretName: "a/b",
      message: 'get "a/b" (FAKE): The server is sealed.',
    });
    expect(error.stack).toContain('SecretsError: get "a/b" (FAKE): The server is sealed.');
  });

  test("keeps its original stack", async () => {
    function whereItHappened(): SecretsError {
      return new SecretsError("UNAVAILABLE", "The server is sealed.");
    }
    const manager = await openBackend(failingBackend(whereItHappened()));
    expect((await failure(manager.get("a"))).stack).toContain("whereItHappened");
  });

  test("keeps its own manager, secret and cause", async () => {
    const manager = await openBackend(
      failingBackend(
        new SecretsError("UNAVAILABLE", "Down.", { manager: "VAULT", secretName: "b", cause: driverError() }),
      ),
    );

    expect(await failure(manager.get("a"))).toMatchObject({
      manager: "VAULT",
      secretName: "b",
      cause: { name: "Error", code: "ECONNREFUSED", status: 503 },
    });
  });

  test("of a kind with more fields stays what it is", async () => {
    const configuration = new ConfigurationError("Not configured.", [
      { problem: "missing", expected: "must be set" },
    ]);
    const manager = await openBackend(failingBackend(configuration));

    await expect(manager.get("a")).rejects.toBe(configuration);
  });

  test("with replacement patterns in its message is not garbled", async () => {
    const manager = await openBackend(failingBackend(new SecretsError("INTERNAL", "It costs $& and $1.")));
    const error = await failure(manager.get("a"));

    expect(error.message).toBe('get "a" (FAKE): It costs $& and $1.');
    expect(error.stack).toContain(error.message);
  });
});

test("an argument error of a call with a value never shows the value", async () => {
  const manager = await openBackend(fakeBackend());
  const error = await failure(
    manager.create("a", { fine: plantedText(), bad: [plantedValue(), new Date()] } as never),
  );

  expect(error).toMatchObject({ code: "INVALID_ARGUMENT", operation: "create", secretName: "a" });
  expect(error.message).toContain("bad[1]");
});
