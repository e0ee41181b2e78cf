/** Replaced by the build. */
declare const PACKAGE_VERSION: string | undefined;

/** The version of this package. */
export const VERSION: string = typeof PACKAGE_VERSION === "undefined" ? "0.0.0" : PACKAGE_VERSION;
