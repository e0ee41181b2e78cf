import { expect, test } from "vitest";
import { classifyPostgresError, mayHaveHappened } from "../../src/database/postgres-error.ts";

/** Errors as `pg` makes them; those of a server that went away in the middle are provoked in test/postgres. */
const error = (message: string, code?: string) =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

test.each([
  ["refused connection", error("connect ECONNREFUSED", "ECONNREFUSED")],
  ["no free connection in time", error("timeout exceeded when trying to connect")],
  ["no answer to the greeting in time", error("Connection terminated due to connection timeout")],
])("%s: unavailable, and nothing can have happened", (_, thrown) => {
  expect([classifyPostgresError(thrown), mayHaveHappened(thrown)]).toEqual(["UNAVAILABLE", false]);
});

test.each([
  ["a connection that broke", error("Connection terminated unexpectedly")],
  ["a reset", error("read ECONNRESET", "ECONNRESET")],
  ["a server that was shut down", error("terminating connection", "57P01")],
])("%s: unavailable, and the statement may have happened", (_, thrown) => {
  expect([classifyPostgresError(thrown), mayHaveHappened(thrown)]).toEqual(["UNAVAILABLE", true]);
});

test.each([
  ["a violated constraint", error("duplicate key", "23505")],
  ["a statement that took too long", error("canceling statement", "57014")],
  ["a programmer's mistake", new TypeError("x is undefined")],
])("%s: the server rolled back, or never heard of it", (_, thrown) => {
  expect(mayHaveHappened(thrown)).toBe(false);
});
