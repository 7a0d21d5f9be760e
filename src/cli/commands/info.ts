/** `info`: the record and the configuration of one box. */
import { resolveStateDir } from "../../config/load.ts";
import { exitCodes } from "../../model/errors.ts";
import { instanceUsage } from "../../instance/usage.ts";
import { escapeControls } from "../write.ts";
import type { Arguments } from "../args.ts";
import { describeBox, type BoxDescription } from "../box-description.ts";
import { requireBox } from "../find-box.ts";
import { jsonDocument, printText } from "../output.ts";

/** @returns the exit code */
export async function info({ flags }: Arguments<"info">): Promise<number> {
  const stateDir = resolveStateDir(flags["state-dir"]);
  const id = flags["box-id"] ?? "0";
  const description = describeBox(requireBox(id, stateDir));
  const cgroups = flags.cgroups ? instanceUsage(id, { stateDir }) : null;
  if (flags.json) printText(jsonDocument(cgroups === null ? description : { ...description, cgroups }));
  else printText(formatInfo(description) + (cgroups === null ? "" : formatGroups(cgroups)));
  return exitCodes.success;
}

/** The record, the configuration under the names that it is stored with, then the packs as sha256sum(1) has them. */
export function formatInfo({ config: { packs, ...config }, ...record }: BoxDescription): string {
  const lines = [
    `Box: ${record.box_id}`,
    `Working directory: ${record.workdir}`,
    `Created: ${record.created_at}`,
    `Last used: ${record.last_used}`,
    `Owner: uid ${record.owner_uid}`,
    "",
    "--- CONFIGURATION ---",
    ...Object.entries(config).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
    ...(packs.length === 0 ? [] : ["", "--- PACKS ---"]),
    ...packs.map(({ name, origin, sha256 }) => `${sha256}  ${origin.startsWith("/") ? origin : `${origin} ${name}`}`),
  ];
  return escapeControls(`${lines.join("\n")}\n`);
}

type Groups = ReturnType<typeof instanceUsage>;

/** Each control group with its settings and counters; there are some only while something runs in the box. */
export function formatGroups(groups: Groups): string {
  const lines = groups.flatMap(({ directory, values }) => [directory, ...Object.entries(values).map(([name, value]) => `  ${name}: ${value}`)]);
  return escapeControls(["", "--- CGROUPS ---", ...(lines.length === 0 ? ["none: nothing runs in the box"] : lines), ""].join("\n"));
}
