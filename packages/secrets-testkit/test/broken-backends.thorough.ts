import { describe, expect, test } from "vitest";
import { runBackendSuite } from "../src/index.ts";
import type { BrokenBackend } from "./broken/broken-backend.ts";
import { capabilitiesChanging } from "./broken/capabilities-changing.ts";
import { changeProvenByVersion } from "./broken/change-proven-by-version.ts";
import { closeAsksStore } from "./broken/close-asks-store.ts";
import { closeKeptWaiting } from "./broken/close-kept-waiting.ts";
import { closeWithoutWaiting } from "./broken/close-without-waiting.ts";
import { codesConfused } from "./broken/codes-confused.ts";
import { conditionIgnored } from "./broken/condition-ignored.ts";
import { conditionRepeated } from "./broken/condition-repeated.ts";
import { conflictAsAbsence } from "./broken/conflict-as-absence.ts";
import { connectionLeft } from "./broken/connection-left.ts";
import { countsEverything } from "./broken/counts-everything.ts";
import { createIgnoresSignal } from "./broken/create-ignores-signal.ts";
import { createOverwrites } from "./broken/create-overwrites.ts";
import { creationProvenByValue } from "./broken/creation-proven-by-value.ts";
import { damagedCrashes } from "./broken/damaged-crashes.ts";
import { damagedOverwritten } from "./broken/damaged-overwritten.ts";
import { damagedUndeletable } from "./broken/damaged-undeletable.ts";
import { damagedUnlisted } from "./broken/damaged-unlisted.ts";
import { damagedUnreplaceable } from "./broken/damaged-unreplaceable.ts";
import { deadAfterHang } from "./broken/dead-after-hang.ts";
import { deletionAlwaysTrue } from "./broken/deletion-always-true.ts";
import { deletionProvenByAbsence } from "./broken/deletion-proven-by-absence.ts";
import { deletionsCounted } from "./broken/deletions-counted.ts";
import { emptyAsAbsent } from "./broken/empty-as-absent.ts";
import { failedNamesDropped } from "./broken/failed-names-dropped.ts";
import { foldersLeftOut } from "./broken/folders-left-out.ts";
import { fullPageEndsList } from "./broken/full-page-ends-list.ts";
import { lateAnswerTaken } from "./broken/late-answer-taken.ts";
import { limitIgnored } from "./broken/limit-ignored.ts";
import { limitOfPage } from "./broken/limit-of-page.ts";
import { listLeftOpen } from "./broken/list-left-open.ts";
import { listWithValues } from "./broken/list-with-values.ts";
import { listenerLeft } from "./broken/listener-left.ts";
import { liveReadOnce } from "./broken/live-read-once.ts";
import { longNamesCut } from "./broken/long-names-cut.ts";
import { lossAsSuccess } from "./broken/loss-as-success.ts";
import { lostAnswerRepeated } from "./broken/lost-answer-repeated.ts";
import { lostConnectionAsAbsence } from "./broken/lost-connection-as-absence.ts";
import { lostUpdate } from "./broken/lost-update.ts";
import { nameDecodedTwice } from "./broken/name-decoded-twice.ts";
import { namesLowercased } from "./broken/names-lowercased.ts";
import { namesOfOneFolder } from "./broken/names-of-one-folder.ts";
import { nonsenseAsAnswer } from "./broken/nonsense-as-answer.ts";
import { numbersRounded } from "./broken/numbers-rounded.ts";
import { olderVersionsKept } from "./broken/older-versions-kept.ts";
import { orderOfUtf16 } from "./broken/order-of-utf16.ts";
import { overwrittenDenied } from "./broken/overwritten-denied.ts";
import { ownTimerAsAbsence } from "./broken/own-timer-as-absence.ts";
import { ownTimerDeniesWrite } from "./broken/own-timer-denies-write.ts";
import { pageBoundaryRepeated } from "./broken/page-boundary-repeated.ts";
import { pageBoundarySkipped } from "./broken/page-boundary-skipped.ts";
import { pagesByOffset } from "./broken/pages-by-offset.ts";
import { permissionAsAbsence } from "./broken/permission-as-absence.ts";
import { prefixAsPattern } from "./broken/prefix-as-pattern.ts";
import { prefixEndsEarly } from "./broken/prefix-ends-early.ts";
import { prefixOnFirstPage } from "./broken/prefix-on-first-page.ts";
import { prototypeKeyLost } from "./broken/prototype-key-lost.ts";
import { readBackAborted } from "./broken/read-back-aborted.ts";
import { sentAlthoughAborted } from "./broken/sent-although-aborted.ts";
import { signalIgnored } from "./broken/signal-ignored.ts";
import { sortedWithinPages } from "./broken/sorted-within-pages.ts";
import { staleReader } from "./broken/stale-reader.ts";
import { startShowsToken } from "./broken/start-shows-token.ts";
import { startWrites } from "./broken/start-writes.ts";
import { storedTextExcerpted } from "./broken/stored-text-excerpted.ts";
import { stuckAfterChange } from "./broken/stuck-after-change.ts";
import { timeInvalid } from "./broken/time-invalid.ts";
import { timeOfClientReturned } from "./broken/time-of-client-returned.ts";
import { timeoutAfterChange } from "./broken/timeout-after-change.ts";
import { timeoutAsAbsence } from "./broken/timeout-as-absence.ts";
import { timerLeftByCalls } from "./broken/timer-left-by-calls.ts";
import { timerLeftByFailedStart } from "./broken/timer-left-by-failed-start.ts";
import { timerLeftByReadBack } from "./broken/timer-left-by-read-back.ts";
import { tornWrite } from "./broken/torn-write.ts";
import { undeclaredConditionWorks } from "./broken/undeclared-condition-works.ts";
import { valueInError } from "./broken/value-in-error.ts";
import { valueInWarning } from "./broken/value-in-warning.ts";
import { valuesMerged } from "./broken/values-merged.ts";
import { versionForgotten } from "./broken/version-forgotten.ts";
import { versionOfClientReturned } from "./broken/version-of-client-returned.ts";
import { versionOfClock } from "./broken/version-of-clock.ts";
import { versionOfConditionReturned } from "./broken/version-of-condition-returned.ts";
import { versionRepeated } from "./broken/version-repeated.ts";
import { remoteHarness } from "./support/remote-harness.ts";

const brokenBackends: Readonly<Record<string, BrokenBackend>> = {
  closeAsksStore,
  connectionLeft,
  createIgnoresSignal,
  listLeftOpen,
  listenerLeft,
  timerLeftByCalls,
  timerLeftByFailedStart,
  timerLeftByReadBack,
  deletionsCounted,
  versionForgotten,
  capabilitiesChanging,
  codesConfused,
  conflictAsAbsence,
  countsEverything,
  listWithValues,
  namesLowercased,
  numbersRounded,
  signalIgnored,
  staleReader,
  startWrites,
  tornWrite,
  valueInWarning,
  closeKeptWaiting,
  closeWithoutWaiting,
  conditionIgnored,
  createOverwrites,
  deletionAlwaysTrue,
  emptyAsAbsent,
  failedNamesDropped,
  longNamesCut,
  foldersLeftOut,
  namesOfOneFolder,
  lostAnswerRepeated,
  lostUpdate,
  nameDecodedTwice,
  olderVersionsKept,
  orderOfUtf16,
  pageBoundarySkipped,
  permissionAsAbsence,
  prefixAsPattern,
  prototypeKeyLost,
  timeoutAsAbsence,
  undeclaredConditionWorks,
  valueInError,
  valuesMerged,
  versionOfClock,
  versionRepeated,
  creationProvenByValue,
  nonsenseAsAnswer,
  readBackAborted,
  sentAlthoughAborted,
  timeInvalid,
  timeoutAfterChange,
  damagedCrashes,
  damagedOverwritten,
  damagedUndeletable,
  damagedUnreplaceable,
  damagedUnlisted,
  fullPageEndsList,
  pageBoundaryRepeated,
  pagesByOffset,
  prefixOnFirstPage,
  sortedWithinPages,
  liveReadOnce,
  limitOfPage,
  limitIgnored,
  deletionProvenByAbsence,
  startShowsToken,
  prefixEndsEarly,
  lossAsSuccess,
  lostConnectionAsAbsence,
  overwrittenDenied,
  changeProvenByVersion,
  versionOfConditionReturned,
  versionOfClientReturned,
  timeOfClientReturned,
  storedTextExcerpted,
  ownTimerAsAbsence,
  ownTimerDeniesWrite,
  lateAnswerTaken,
  deadAfterHang,
  stuckAfterChange,
  conditionRepeated,
};

describe("a broken backend fails exactly the cases about the fault", () => {
  test.concurrent.each(Object.entries(brokenBackends))("%s", async (name, { wrap, opening, fails }) => {
    const report = await runBackendSuite({ name, harness: remoteHarness(wrap, opening) });
    const failed = report.cases.filter(({ status }) => status === "failed");

    expect(failed.map((result) => `${result.group}: ${result.name}`)).toEqual(fails);
    expect(report.summary.gap).toBe(0);
    for (const { reason, contract } of failed) {
      expect(reason).toMatch(/^expected: |does not expect/);
      expect(reason).toContain(`contract: ${contract}`);
    }
  });
});
