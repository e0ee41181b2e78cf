import { describeMovingHistories } from "./support/moving-histories-on-servers.ts";

describeMovingHistories(300);
