/** Which processes are in front on a terminal (`--tty-hack`). */
import { foregroundGroup, setForegroundGroup } from "../kernel/terminal.ts";

/** @param fd a terminal @returns puts those in front again that are now */
export function foreground(fd: number): () => void {
  const group = foregroundGroup(fd);
  return () => {
    if (group !== null) setForegroundGroup(fd, group);
  };
}
