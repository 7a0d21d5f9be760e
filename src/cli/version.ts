/** Version and commit of this build. */
import { version } from "../../package.json";

// Put in place by the build (bun build --define); absent when run from source.
declare const BUILD_COMMIT: string | undefined;

/** One line, `mini-isolate 0.1.0 (1a2b3c4)`; the commit is `development` when run from source. */
export function versionLine(): string {
  const commit = typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : "development";
  return `mini-isolate ${version} (${commit})`;
}
