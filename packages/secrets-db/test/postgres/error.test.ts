import { expect, test } from "vitest";
import { classifyPostgresError, mayHaveHappened } from "../../src/postgres/error.ts";

/** Errors as `pg` makes them; those of a server that went away in the middle are provoked in test/postgres. */
const error = (message: string, code?: string) =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

test.each([
  [
    "refused connection",
    Object.assign(error("connect ECONNREFUSED", "ECONNREFUSED"), { syscall: "connect" }),
  ],
  ["unknown host", Object.assign(error("getaddrinfo ENOTFOUND", "ENOTFOUND"), { syscall: "getaddrinfo" })],
  ["no free connection in time", error("timeout exceeded when trying to connect")],
  ["no answer to the greeting in time", error("Connection terminated due to connection timeout")],
])("%s: unavailable, and nothing can have happened", (_, thrown) => {
  expect([classifyPostgresError(thrown), mayHaveHappened(thrown)]).toEqual(["UNAVAILABLE", false]);
});

test.each([
  ["a connection that broke", error("Connection terminated unexpectedly")],
  ["a reset", error("read ECONNRESET", "ECONNRESET")],
  ["a host that went away", Object.assign(error("read EHOSTUNREACH", "EHOSTUNREACH"), { syscall: "read" })],
  ["a port that was closed", Object.assign(error("read ECONNREFUSED", "ECONNREFUSED"), { syscall: "read" })],
  ["a client that gave up waiting", error("Query read timeout")],
  ["a server that was shut down", error("terminating connection", "57P01")],
])("%s: unavailable, and the statement may have happened", (_, thrown) => {
  expect([classifyPostgresError(thrown), mayHaveHappened(thrown)]).toEqual(["UNAVAILABLE", true]);
});

test.each([
  ["a violated constraint", error("duplicate key", "23505")],
  ["a statement that took too long", error("canceling statement", "57014")],
  ["a serialization failure", error("could not serialize access", "40001")],
])("%s: the server rolled back", (_, thrown) => {
  expect(mayHaveHappened(thrown)).toBe(false);
});

test("an error that is neither the server's nor of connecting leaves the outcome open", () => {
  expect(mayHaveHappened(new TypeError("x is undefined"))).toBe(true);
  expect(mayHaveHappened(error("statement completion unknown", "40003"))).toBe(true);
});

test("a statement that PgBouncer rejected because no server was free was not sent to any", () => {
  expect(mayHaveHappened(error("query_wait_timeout", "08P01"))).toBe(false);
  expect(mayHaveHappened(error("server conn crashed?", "08P01"))).toBe(true);
});
