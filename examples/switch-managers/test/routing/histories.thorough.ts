import { describeMovingHistories } from "./support/moving-histories-on-servers.ts";

describeMovingHistories(20, ["create: written"]);
