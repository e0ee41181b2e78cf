import { StatementSync } from "node:sqlite";
import type { ArrangeFault } from "@archestra/secrets-testkit";

const methods = ["all", "run", "iterate"] as const;

/**
 * Lets every statement on SQLite fail with a result code, as a locked, read-only or damaged file does, until it is lifted.
 *
 * @param errcode see https://sqlite.org/rescode.html
 */
export function failStatements(errcode: number): ArrangeFault {
  return () => {
    const originals = methods.map((method) => [method, StatementSync.prototype[method]] as const);
    const fail = () => {
      throw Object.assign(new Error("arranged by a test"), { code: "ERR_SQLITE_ERROR", errcode });
    };
    for (const method of methods) StatementSync.prototype[method] = fail as never;
    return () => {
      for (const [method, original] of originals) StatementSync.prototype[method] = original as never;
    };
  };
}
