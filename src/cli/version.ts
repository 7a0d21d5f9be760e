/** Version and commit of this build. */

// Put in place by the build (bun build --define); absent when run from source.
declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | undefined;

/** One line, `mini-isolate 0.1.0 (1a2b3c4)`; the commit is `development` when run from source. */
export async function versionLine(): Promise<string> {
  const version = typeof BUILD_VERSION === "string" ? BUILD_VERSION : (await import("../../package.json")).version;
  const commit = typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : "development";
  return `mini-isolate ${version} (${commit})`;
}
