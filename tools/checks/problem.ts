/** What a check found: where it is, what is wrong and what to do about it. */
export interface Problem {
  readonly where: string;
  readonly what: string;
  readonly todo: string;
}

/** Prints the outcome of a check and sets the exit code. */
export function report(check: string, problems: readonly Problem[]): void {
  for (const { where, what, todo } of problems) console.error(`${where}: ${what}\n    ${todo}`);
  if (problems.length === 0) {
    console.log(`${check}: good`);
  } else {
    console.error(`${check}: ${problems.length} ${problems.length === 1 ? "problem" : "problems"}`);
    process.exitCode = 1;
  }
}
