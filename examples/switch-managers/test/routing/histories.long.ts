import { describeMovingHistories } from "./support/moving-histories-on-servers.ts";

describeMovingHistories(300, ["moved to DB", "moved to VAULT", "finalized", "create: written", "get: found"]);
