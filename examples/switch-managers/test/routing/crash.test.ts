import { describeKilledChanges } from "./support/killed-changes.ts";

describeKilledChanges({ SQLite: 2, PostgreSQL: 1 });
