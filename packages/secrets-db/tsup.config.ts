import { libraryBuild } from "../../tools/presets/tsup.ts";

export default libraryBuild(["src/index.ts"], {
  oneChunk: {
    first: "src/startup/open-database-backend.ts",
    others: [
      "src/database/open-postgres.ts",
      "src/move/move-between.ts",
      "src/rotation/background-sweep.ts",
      "src/rotation/open-rotation-database.ts",
      "src/schema/migrations/migrations.ts",
      "src/sweep/unsealed-sweep.ts",
    ],
  },
});
