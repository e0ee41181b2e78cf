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

/** Calls back once, before the next statement whose text fits runs: the moment in which another process acts. */
export function beforeStatement(pattern: RegExp, act: () => void): { [Symbol.dispose](): void } {
  const { prepare } = DatabaseSync.prototype;
  let isDone = false;
  const spy = vi.spyOn(DatabaseSync.prototype, "prepare").mockImplementation(function (
    this: DatabaseSync,
    sql,
  ) {
    const statement = prepare.call(this, sql);
    if (!pattern.test(sql)) return statement;
    for (const method of ["all", "run"] as const) {
      const original = statement[method].bind(statement) as (...parameters: never[]) => never;
      statement[method] = ((...parameters: never[]) => {
        if (!isDone) {
          isDone = true;
          act();
        }
        return original(...parameters);
      }) as never;
    }
    return statement;
  });
  return { [Symbol.dispose]: () => spy.mockRestore() };
}
