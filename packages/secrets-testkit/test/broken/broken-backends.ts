import { afterByUtf16 } from "./after-by-utf16.ts";
import type { BrokenBackend } from "./broken-backend.ts";
import { capabilitiesChanging } from "./capabilities-changing.ts";
import { changeProvenByVersion } from "./change-proven-by-version.ts";
import { changesInTurn } from "./changes-in-turn.ts";
import { checksJoined } from "./checks-joined.ts";
import { closeAsksStore } from "./close-asks-store.ts";
import { closeAwaitsReadBack } from "./close-awaits-read-back.ts";
import { closeKeptWaiting } from "./close-kept-waiting.ts";
import { closeWithoutWaiting } from "./close-without-waiting.ts";
import { codesConfused } from "./codes-confused.ts";
import { codesInherited } from "./codes-inherited.ts";
import { conditionIgnored } from "./condition-ignored.ts";
import { conditionRepeated } from "./condition-repeated.ts";
import { conflictAsAbsence } from "./conflict-as-absence.ts";
import { connectionLeft } from "./connection-left.ts";
import { countRemembered } from "./count-remembered.ts";
import { countsEverything } from "./counts-everything.ts";
import { createIgnoresSignal } from "./create-ignores-signal.ts";
import { createOverwrites } from "./create-overwrites.ts";
import { creationProvenByValue } from "./creation-proven-by-value.ts";
import { creationTimeReplaced } from "./creation-time-replaced.ts";
import { damagedCrashes } from "./damaged-crashes.ts";
import { damagedOverwritten } from "./damaged-overwritten.ts";
import { damagedUndeletable } from "./damaged-undeletable.ts";
import { damagedUnlisted } from "./damaged-unlisted.ts";
import { damagedUnreplaceable } from "./damaged-unreplaceable.ts";
import { deadAfterHang } from "./dead-after-hang.ts";
import { degradedStartRefused } from "./degraded-start-refused.ts";
import { deletionAlwaysTrue } from "./deletion-always-true.ts";
import { deletionProvenByAbsence } from "./deletion-proven-by-absence.ts";
import { deletionsCounted } from "./deletions-counted.ts";
import { emptyAsAbsent } from "./empty-as-absent.ts";
import { emptyVersionAsAny } from "./empty-version-as-any.ts";
import { equalValuesEqual } from "./equal-values-equal.ts";
import { existenceRemembered } from "./existence-remembered.ts";
import { failedHistoryEmpty } from "./failed-history-empty.ts";
import { failedNamesDropped } from "./failed-names-dropped.ts";
import { failedPageEndsList } from "./failed-page-ends-list.ts";
import { firstFailureKept } from "./first-failure-kept.ts";
import { foldersLeftOut } from "./folders-left-out.ts";
import { foreignSecretsUnseen } from "./foreign-secrets-unseen.ts";
import { fullPageEndsList } from "./full-page-ends-list.ts";
import { healthRemembered } from "./health-remembered.ts";
import { historyDecoded } from "./history-decoded.ts";
import { historyOfAbsentFails } from "./history-of-absent-fails.ts";
import { historyOldestFirst } from "./history-oldest-first.ts";
import { historyOutlivesDeletion } from "./history-outlives-deletion.ts";
import { historyRefused } from "./history-refused.ts";
import { historyRemembered } from "./history-remembered.ts";
import { historyWithValues } from "./history-with-values.ts";
import { indexAsSecret } from "./index-as-secret.ts";
import { initializationCounted } from "./initialization-counted.ts";
import { lateAnswerTaken } from "./late-answer-taken.ts";
import { limitIgnored } from "./limit-ignored.ts";
import { limitOfPage } from "./limit-of-page.ts";
import { listLeftOpen } from "./list-left-open.ts";
import { listOfTenPages } from "./list-of-ten-pages.ts";
import { listWithValues } from "./list-with-values.ts";
import { listenerLeft } from "./listener-left.ts";
import { liveReadOnce } from "./live-read-once.ts";
import { longNamesCut } from "./long-names-cut.ts";
import { lossAsSuccess } from "./loss-as-success.ts";
import { lostAnswerRepeated } from "./lost-answer-repeated.ts";
import { lostConnectionAsAbsence } from "./lost-connection-as-absence.ts";
import { lostUpdate } from "./lost-update.ts";
import { nameDecodedOnce } from "./name-decoded-once.ts";
import { nameDecodedTwice } from "./name-decoded-twice.ts";
import { nameUnlistedByRead } from "./name-unlisted-by-read.ts";
import { namesAsProperties } from "./names-as-properties.ts";
import { namesLowercased } from "./names-lowercased.ts";
import { namesOfOneFolder } from "./names-of-one-folder.ts";
import { namesShared } from "./names-shared.ts";
import { nonsenseAsAnswer } from "./nonsense-as-answer.ts";
import { numbersRounded } from "./numbers-rounded.ts";
import { olderVersionsKept } from "./older-versions-kept.ts";
import { oneBatchRead } from "./one-batch-read.ts";
import { orderOfUtf16 } from "./order-of-utf16.ts";
import { overwrittenDenied } from "./overwritten-denied.ts";
import { ownTimerAsAbsence } from "./own-timer-as-absence.ts";
import { ownTimerDeniesWrite } from "./own-timer-denies-write.ts";
import { pageBoundaryRepeated } from "./page-boundary-repeated.ts";
import { pageBoundarySkipped } from "./page-boundary-skipped.ts";
import { pageRequestedAhead } from "./page-requested-ahead.ts";
import { pagesByOffset } from "./pages-by-offset.ts";
import { pathLowercased } from "./path-lowercased.ts";
import { pathOfClient } from "./path-of-client.ts";
import { pathWithoutPlace } from "./path-without-place.ts";
import { permissionAsAbsence } from "./permission-as-absence.ts";
import { placesLostByFailures } from "./places-lost-by-failures.ts";
import { prefixAsPattern } from "./prefix-as-pattern.ts";
import { prefixEndsEarly } from "./prefix-ends-early.ts";
import { prefixOfUnits } from "./prefix-of-units.ts";
import { prefixOnFirstPage } from "./prefix-on-first-page.ts";
import { prototypeKeyLost } from "./prototype-key-lost.ts";
import { readBackAborted } from "./read-back-aborted.ts";
import { readsJoined } from "./reads-joined.ts";
import { refusalAsWarning } from "./refusal-as-warning.ts";
import { sentAlthoughAborted } from "./sent-although-aborted.ts";
import { setInTwoRequests } from "./set-in-two-requests.ts";
import { setOfDeletedFails } from "./set-of-deleted-fails.ts";
import { signalIgnored } from "./signal-ignored.ts";
import { signalListenedTo } from "./signal-listened-to.ts";
import { sortedWithinPages } from "./sorted-within-pages.ts";
import { staleReader } from "./stale-reader.ts";
import { startShowsToken } from "./start-shows-token.ts";
import { startWrites } from "./start-writes.ts";
import { storedTextExcerpted } from "./stored-text-excerpted.ts";
import { stuckAfterChange } from "./stuck-after-change.ts";
import { timeInvalid } from "./time-invalid.ts";
import { timeOfClientReturned } from "./time-of-client-returned.ts";
import { timeoutAfterChange } from "./timeout-after-change.ts";
import { timeoutAsAbsence } from "./timeout-as-absence.ts";
import { timerLeftByCalls } from "./timer-left-by-calls.ts";
import { timerLeftByFailedStart } from "./timer-left-by-failed-start.ts";
import { timerLeftByReadBack } from "./timer-left-by-read-back.ts";
import { timesInSeconds } from "./times-in-seconds.ts";
import { tornWrite } from "./torn-write.ts";
import { undeclaredConditionWorks } from "./undeclared-condition-works.ts";
import { unreadableAsNone } from "./unreadable-as-none.ts";
import { valueBytesLogged } from "./value-bytes-logged.ts";
import { valueInError } from "./value-in-error.ts";
import { valueInWarning } from "./value-in-warning.ts";
import { valuesMerged } from "./values-merged.ts";
import { versionForgotten } from "./version-forgotten.ts";
import { versionOfClientReturned } from "./version-of-client-returned.ts";
import { versionOfClock } from "./version-of-clock.ts";
import { versionOfConditionReturned } from "./version-of-condition-returned.ts";
import { versionRepeated } from "./version-repeated.ts";
import { waitingCallsKept } from "./waiting-calls-kept.ts";

/** Every broken backend, by the name of its fault. */
export const brokenBackends: Readonly<Record<string, BrokenBackend>> = {
  closeAsksStore,
  closeAwaitsReadBack,
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
  setInTwoRequests,
  setOfDeletedFails,
  namesShared,
  changesInTurn,
  readsJoined,
  failedPageEndsList,
  pageRequestedAhead,
  listOfTenPages,
  countRemembered,
  equalValuesEqual,
  existenceRemembered,
  foreignSecretsUnseen,
  healthRemembered,
  namesAsProperties,
  oneBatchRead,
  pathLowercased,
  pathOfClient,
  pathWithoutPlace,
  valueBytesLogged,
  prefixOfUnits,
  afterByUtf16,
  codesInherited,
  nameDecodedOnce,
  indexAsSecret,
  emptyVersionAsAny,
  creationTimeReplaced,
  placesLostByFailures,
  waitingCallsKept,
  checksJoined,
  signalListenedTo,
  initializationCounted,
  nameUnlistedByRead,
  firstFailureKept,
  degradedStartRefused,
  timesInSeconds,
  unreadableAsNone,
  refusalAsWarning,
  historyOldestFirst,
  historyOfAbsentFails,
  historyWithValues,
  historyDecoded,
  historyRemembered,
  historyOutlivesDeletion,
  failedHistoryEmpty,
  historyRefused,
};
