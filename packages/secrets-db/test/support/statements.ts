import { DatabaseSync, StatementSync } from "node:sqlite";
import { vi } from "vitest";

/** Counts the rows that the process reads from SQLite from now on, whatever the statement. */
export function countReadRows(): { readonly rows: number; [Symbol.dispose](): void } {
  let rows = 0;
  const { all } = StatementSync.prototype;
  const spy = vi.spyOn(StatementSync.prototype, "all").mockImplementation(function (
    this: StatementSync,
    ...parameters
  ) {
    const answer = all.apply(this, parameters);
    rows += answer.length;
    return answer;
  });
  return {
    get rows() {
      return rows;
    },
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}

/**
 * Calls back before a statement whose text fits runs, the first time or so many times: the moment in which another
 * process acts.
 */
export function beforeStatement(
  pattern: RegExp,
  act: (sql: string) => void,
  times = 1,
): { readonly isDone: boolean; [Symbol.dispose](): void } {
  const { prepare } = DatabaseSync.prototype;
  let done = 0;
  const spy = vi.spyOn(DatabaseSync.prototype, "prepare").mockImplementation(function (
    this: DatabaseSync,
    sql,
  ) {
    const statement = prepare.call(this, sql);
    if (!pattern.test(sql)) return statement;
    for (const method of ["all", "run"] as const) {
      const original = statement[method].bind(statement) as (...parameters: never[]) => never;
      statement[method] = ((...parameters: never[]) => {
        if (done++ < times) act(sql);
        return original(...parameters);
      }) as never;
    }
    return statement;
  });
  return {
    get isDone() {
      return done > 0;
    },
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}
