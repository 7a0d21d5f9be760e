/** The defaults of the configuration: of limits from their table, of everything else written here. */
import { limits } from "../model/limits.ts";
import type { Permission } from "../model/permissions.ts";

/** Every setting but the id as it is when nobody says otherwise; the schema takes its defaults from here. */
export const defaultConfig = {
  workdir: null,
  chroot_dir: null,
  uid: null,
  gid: null,
  memory_limit: limits.memory_limit.default,
  time_limit: limits.time_limit.default,
  cpu_time_limit: limits.cpu_time_limit.default,
  wall_time_limit: limits.wall_time_limit.default,
  process_limit: limits.process_limit.default,
  file_size_limit: limits.file_size_limit.default,
  stack_limit: limits.stack_limit.default,
  core_limit: limits.core_limit.default,
  open_files_limit: limits.open_files_limit.default!,
  output_limit: limits.output_limit.default!,
  disk_limit: limits.disk_limit.default,
  disk_quota: limits.disk_quota.default,
  enable_network: false,
  network: "none" as const,
  environment: [] as [name: string, value: string][],
  seccomp: "default" as const,
  allow: [] as Permission[],
  allowed_syscalls: null,
  cpu_shares: limits.cpu_shares.default!,
  cpus: null,
  mounts: [] as string[],
  strict: false,
  packs: [] as { name: string; origin: string; sha256: string }[],
  packs_sha256: null,
};
