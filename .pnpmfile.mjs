/** Leaves out of the packed package.json what only this repository uses. An installation then has no script to run. */
export const hooks = {
  beforePacking({ scripts: _scripts, devDependencies: _devDependencies, ...manifest }) {
    return manifest;
  },
};
