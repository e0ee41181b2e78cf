import { expect, test } from "vitest";
import { missingReleases, parseChangeset } from "../changeset-rules.ts";

const core = { manifest: { name: "@archestra/secrets-core" }, bundles: [] };
const plugin = {
  manifest: { name: "plugin", peerDependencies: { "@archestra/secrets-core": "workspace:^" } },
  bundles: [],
};
const program = {
  manifest: {
    name: "program",
    dependencies: { "@archestra/secrets-core": "workspace:^", plugin: "workspace:^" },
  },
  bundles: ["plugin"],
};
const packages = [core, plugin, program];

test("a changeset is read with the packages that it names, quoted in either way", () => {
  const text = "---\n\"@archestra/a\": minor\n'@archestra/b': patch\n---\n\nWhat changed.\n\n---\n";
  expect(parseChangeset(text)).toEqual({ "@archestra/a": "minor", "@archestra/b": "patch" });
});

test("a changeset that names no package is read as one", () => {
  expect(parseChangeset("---\n---\n")).toEqual({});
});

test("a major release of core without one of a plugin and of a program is reported", () => {
  expect(missingReleases([{ "@archestra/secrets-core": "major" }], packages)).toMatchObject([
    { where: ".changeset, plugin", todo: expect.stringContaining('"plugin": major') },
    { where: ".changeset, program", todo: expect.stringContaining('"program": major') },
  ]);
});

test("a minor release of the dependent does not replace its major release", () => {
  const changesets = [{ "@archestra/secrets-core": "major" }, { plugin: "minor", program: "major" }] as const;
  expect(missingReleases(changesets, packages)).toMatchObject([{ where: ".changeset, plugin" }]);
});

test("major releases of a package and its dependents are accepted, in one changeset or in two", () => {
  expect(
    missingReleases([{ "@archestra/secrets-core": "major", plugin: "major", program: "major" }], packages),
  ).toEqual([]);
  const apart = [{ "@archestra/secrets-core": "major" }, { plugin: "major" }, { program: "major" }] as const;
  expect(missingReleases(apart, packages)).toEqual([]);
});

test("a minor release of a peer needs no release of its dependent", () => {
  expect(missingReleases([{ "@archestra/secrets-core": "minor" }], packages)).toEqual([]);
});

test("a release of a bundled package without one of the package that contains it is reported", () => {
  expect(missingReleases([{ plugin: "patch" }], packages)).toMatchObject([
    { where: ".changeset, program", todo: expect.stringContaining('"program": patch') },
  ]);
});
