import { expect, test } from "vitest";
import { workflowProblems } from "../workflow-rules.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";

function workflow(job: string, head = "permissions:\n  contents: read\non: push\n"): string {
  return `${head}jobs:\n  one:\n    runs-on: ubuntu-latest\n    timeout-minutes: 5\n${job}`;
}

function findings(text: string): string[] {
  return workflowProblems("ci.yml", text).map(({ what }) => what);
}

test("a workflow that pins its actions, limits its permissions and its time has no problem", () => {
  const step = `    steps:\n      - uses: a/b@${commit} # v1.2.3\n      - uses: ./.github/actions/c\n      - run: d\n`;
  expect(findings(workflow(step))).toEqual([]);
});

test.each([`a/b@v1 # v1.2.3`, `a/b@${commit}`, `a/b@main`])(
  "the action %s is reported as not pinned",
  (uses) => {
    expect(findings(workflow(`    steps:\n      - uses: ${uses}\n`))).toEqual([
      expect.stringContaining("is not pinned"),
    ]);
  },
);

test("an action of ours is checked for actions of others that are not pinned", () => {
  const action = "runs:\n  using: composite\n  steps:\n    - uses: a/b@v1\n";
  expect(findings(action)).toEqual([expect.stringContaining("is not pinned")]);
});

test("a checkout that does not state whether it keeps the token is reported", () => {
  const step = `    steps:\n      - uses: actions/checkout@${commit} # v1.2.3\n`;
  expect(findings(workflow(step))).toEqual([expect.stringContaining("leaves the token")]);
});

test("a command that contains the title of a pull request is reported", () => {
  const step = `    steps:\n      - run: echo "\${{ github.event.pull_request.title }}"\n`;
  expect(findings(workflow(step))).toEqual([expect.stringContaining("which others choose")]);
});

test("a job without a timeout is reported", () => {
  expect(findings("permissions: {}\non: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n")).toEqual([
    expect.stringContaining("has no timeout for the job one"),
  ]);
});

test("a job that can publish outside of an environment is reported", () => {
  expect(findings(workflow("    permissions:\n      id-token: write\n"))).toEqual([
    expect.stringContaining("lets the job one publish"),
  ]);
});

test.each(["", "permissions: write-all\n", "permissions:\n  contents: write\n"])(
  "a workflow whose permissions are %j is reported",
  (permissions) => {
    expect(findings(workflow("", `${permissions}on: push\n`))).toEqual([
      expect.stringContaining("does not limit the permissions"),
    ]);
  },
);

test("a workflow that runs on pull_request_target is reported", () => {
  expect(findings(workflow("", "permissions: {}\non:\n  pull_request_target:\n"))).toEqual([
    expect.stringContaining("pull_request_target"),
  ]);
});
