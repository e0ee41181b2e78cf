import { libraryBuild } from "@archestra/presets/tsup";

export default libraryBuild(["src/index.ts"], {
  oneChunk: {
    first: "src/startup/open-database-backend.ts",
    others: [
      "src/postgres/open.ts",
      "src/move/move-between.ts",
      "src/move/move-check.ts",
      "src/sweep/background-sweep.ts",
      "src/rotation/database-rotation.ts",
      "src/migrations/migrations.ts",
      "src/sweep/unencrypted-sweep.ts",
      "src/diagnosis/diagnose-database.ts",
      "src/archestra-table/archestra-table.ts",
    ],
  },
});
