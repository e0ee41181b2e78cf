import { describeKilledChanges } from "./support/killed-changes.ts";

describeKilledChanges({ SQLite: 1 });
