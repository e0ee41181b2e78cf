import type { ConfigurationIssue } from "../errors/configuration-error.ts";

/** What is wrong with one setting, while it is being read. Its message quotes nothing that was set. */
export class SettingProblem extends Error {
  readonly problem: ConfigurationIssue["problem"];

  constructor(problem: ConfigurationIssue["problem"], message: string) {
    super(message);
    this.problem = problem;
  }
}
