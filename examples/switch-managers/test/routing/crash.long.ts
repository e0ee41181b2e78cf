import { describeKilledChanges } from "./support/killed-changes.ts";

describeKilledChanges({ SQLite: 8, PostgreSQL: 8 });
