/** `info`: the record and the configuration of one box. */
import { resolveStateDir } from "../../config/load.ts";
import { exitCodes } from "../../errors.ts";
import { instanceUsage } from "../../instance/cleanup.ts";
import { Isolate } from "../../instance/isolate.ts";
import { escapeControls } from "../../write.ts";
import type { Arguments } from "../args.ts";
import { describeBox, type BoxDescription } from "../box-description.ts";
import { jsonDocument, printText } from "../output.ts";
import { noSuchBox } from "../session.ts";

/** @returns the exit code */
export async function info({ flags }: Arguments<"info">): Promise<number> {
  const stateDir = resolveStateDir(flags["state-dir"]);
  const id = flags["box-id"] ?? "0";
  const box = Isolate.load(id, { stateDir });
  if (box === null) throw noSuchBox(id);
  const description = describeBox(box);
  const groups = flags.cgroups ? { cgroups: instanceUsage(id, { stateDir }) } : {};
  printText(flags.json ? jsonDocument({ ...description, ...groups }) : formatInfo(description) + formatGroups(groups));
  return exitCodes.success;
}

/** The record, then the configuration under the names that it is stored with. */
export function formatInfo({ config, ...record }: BoxDescription): string {
  const lines = [
    `Box: ${record.box_id}`,
    `Working directory: ${record.workdir}`,
    `Created: ${record.created_at}`,
    `Last used: ${record.last_used}`,
    `Owner: uid ${record.owner_uid}`,
    "",
    "--- CONFIGURATION ---",
    ...Object.entries(config).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
  ];
  return escapeControls(`${lines.join("\n")}\n`);
}

function formatGroups(groups: { readonly cgroups?: unknown }): string {
  return "cgroups" in groups ? escapeControls(`\n--- CGROUPS ---\n${jsonDocument(groups.cgroups)}`) : "";
}
