import { describeEditedRows } from "./support/called-on-edited-rows.ts";

describeEditedRows("in turn");
