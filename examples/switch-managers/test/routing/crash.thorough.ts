import { describeKilledChanges } from "./support/killed-changes.ts";

describeKilledChanges({ PostgreSQL: 1 });
