/** From a request of go-judge to the work of a job. */
import type { CommandFile, CommandsWork, JobCommand, JobPipe } from "../../job.ts";
import type { Bounds } from "../../config/config.ts";
import type { Service } from "../../service.ts";
import type { FileStore } from "./file-store.ts";
import { limitsOf } from "./limits.ts";
import { BadRequest, type GoCmd, type GoFile, type GoPipe, type GoRequest, mostDescriptors } from "./request.ts";
import { allowedSource } from "./source-path.ts";

const mostSymlinkBytes = 4095;

const defaultCopyOutBytes = 256 * 2 ** 20;

/** What a request may still have. */
interface Room {
  /** Of its files together. */
  bytes: number;
  /** Of each collector. */
  readonly mostKept: number;
}

/** What a request refers to is not there: the original says so with another code than for a mistake of form. */
export class UnknownFile extends Error {}

export interface WorkOptions {
  readonly files: FileStore;
  /** Whose files may be used. */
  readonly owner: string | null;
  /** Somebody talks with the programs: live input and output may be asked for. */
  readonly isLive: boolean;
}

/** @throws BadRequest, UnknownFile; what the store of contents throws */
export async function workOf(request: GoRequest, service: Service, options: WorkOptions): Promise<CommandsWork> {
  if (request.cmd.length === 0) throw new BadRequest("no cmd provided");
  const mostKept = mostKeptOf(request, service.config.bounds);
  const pipes = request.pipeMapping.map((pipe) => pipeOf(pipe, mostKept));
  const counts = descriptors(request.cmd, pipes);
  const commands: JobCommand[] = [];
  const room = { bytes: service.config.bounds.jobBytes, mostKept };
  for (const [number, cmd] of request.cmd.entries()) commands.push(await commandOf(cmd, counts[number]!, `cmd[${number}]`, service, options, room));
  return { kind: "commands", commands, pipes };
}

async function commandOf(cmd: GoCmd, count: number, place: string, service: Service, options: WorkOptions, room: Room): Promise<JobCommand> {
  if (cmd.args.length === 0) throw new BadRequest(`${place}.args: the program is missing`);
  if ([...cmd.args, ...cmd.env].some((word) => word.includes("\0"))) throw new BadRequest(`${place}: args and env must not contain a NUL character`);
  const { files: mostFiles, outputBytes } = service.config.bounds;
  const names = Object.keys(cmd.copyIn).length + cmd.copyOut.length + cmd.copyOutCached.length;
  if (names > mostFiles) throw new BadRequest(`${place}: copyIn, copyOut and copyOutCached have ${names} files together, more than ${mostFiles}`);
  const convert = (file: GoFile, where: string) => fileOf(file, where, service, options, room);
  const files: (CommandFile | null)[] = [];
  for (let fd = 0; fd < count; fd++) files.push(cmd.files[fd] == null ? null : await convert(cmd.files[fd]!, `${place}.files[${fd}]`));
  const copyIn: Record<string, JobCommand["copyIn"][string]> = {};
  for (const [name, file] of Object.entries(cmd.copyIn)) copyIn[name] = await placedOf(file, `${place}.copyIn[${JSON.stringify(name)}]`, convert);
  return {
    args: cmd.args,
    environment: cmd.env,
    files,
    tty: cmd.tty,
    limits: limitsOf(cmd, service.config.run.most),
    dataLimit: (cmd.dataSegmentLimit || cmd.strictMemoryLimit) && cmd.memoryLimit > 0 ? cmd.memoryLimit : null,
    addressSpaceLimit: cmd.addressSpaceLimit && cmd.memoryLimit > 0 ? cmd.memoryLimit : null,
    cpuRate: cmd.cpuRateLimit > 0 ? cmd.cpuRateLimit : null,
    cpus: cmd.cpuSetLimit === "" ? null : processorsOf(cmd.cpuSetLimit, place),
    copyIn,
    copyOut: cmd.copyOut,
    copyOutCached: cmd.copyOutCached,
    copyOutMax: Math.min(cmd.copyOutMax || defaultCopyOutBytes, outputBytes),
    copyOutTruncates: cmd.copyOutTruncate,
  };
}

function processorsOf(text: string, place: string): string {
  if (!/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/.test(text)) throw new BadRequest(`${place}.cpuSetLimit: must be a list like 0,2-3`);
  return text;
}

async function placedOf(file: GoFile, where: string, convert: (file: GoFile, where: string) => Promise<CommandFile>): Promise<JobCommand["copyIn"][string]> {
  if (file.symlink !== null) {
    if (file.symlink === "" || file.symlink.includes("\0") || Buffer.byteLength(file.symlink) > mostSymlinkBytes) throw new BadRequest(`${where}.symlink: must be a path`);
    return { kind: "symlink", to: file.symlink };
  }
  const given = await convert(file, where);
  if (given.kind === "content" || given.kind === "host") return given;
  throw new BadRequest(`${where}: must have content, fileId, src or symlink`);
}

/** In the order in which the original looks at the fields. @throws BadRequest, UnknownFile */
async function fileOf(file: GoFile, where: string, service: Service, { files, owner, isLive }: WorkOptions, room: Room): Promise<CommandFile> {
  if (file.streamIn || file.streamOut) {
    if (!isLive) throw new BadRequest(`${where}: streamIn and streamOut are for /stream alone`);
    return { kind: file.streamIn ? "stream-in" : "stream-out" };
  }
  if (file.src !== null) return { kind: "host", path: allowedSource(file.src, service.config.goJudge.sourcePrefixes) };
  if (file.content !== null) return await contentOf(Buffer.from(file.content), where, service, room);
  if (file.fileId !== null) {
    const stored = files.get(file.fileId, owner);
    if (stored === null) throw new UnknownFile(`file not exists for id: ${JSON.stringify(file.fileId)}`);
    return await contentOf(stored.bytes, where, service, room);
  }
  if (file.max === null || file.name === null) throw new BadRequest(`${where}: must have one of src, content, fileId, or name and max`);
  return { kind: "collector", name: file.name, most: Math.min(Math.max(0, file.max), room.mostKept), isPipe: file.pipe };
}

async function contentOf(bytes: Uint8Array, where: string, service: Service, room: Room): Promise<CommandFile> {
  room.bytes -= bytes.length;
  if (room.bytes < 0) throw new BadRequest(`${where}: all files of a request together have more than ${service.config.bounds.jobBytes} bytes`);
  return { kind: "content", content: await service.contents.put(bytes) };
}

/** Bytes that each collector may keep: a slot holds all of them in memory at the same time. */
function mostKeptOf({ cmd, pipeMapping }: GoRequest, { outputBytes, jobBytes }: Bounds): number {
  const collectors = cmd.flatMap(({ files }) => files).filter((file) => file !== null && file.max !== null).length + pipeMapping.filter(({ proxy, name }) => proxy && name !== "").length;
  return Math.min(outputBytes, Math.floor(jobBytes / Math.max(1, collectors)));
}

function pipeOf({ in: from, out: to, proxy, name, max }: GoPipe, mostKept: number): JobPipe {
  return { from: { command: from.index, fd: from.fd }, to: { command: to.index, fd: to.fd }, proxied: proxy, name: proxy && name !== "" ? name : null, most: Math.min(Math.max(0, max), mostKept) };
}

/** How many descriptors each command has. @throws BadRequest for pipes that lead nowhere, and descriptors that nothing stands behind */
function descriptors(commands: readonly GoCmd[], pipes: readonly JobPipe[]): readonly number[] {
  const taken = commands.map(({ files }) => new Set(files.flatMap((file, fd) => (file === null ? [] : [fd]))));
  const counts = commands.map(({ files }) => files.length);
  for (const [number, { from, to }] of pipes.entries()) {
    for (const [{ command, fd }, end] of [[from, "in"], [to, "out"]] as const) {
      const place = `pipeMapping[${number}].${end}`;
      if (command < 0 || command >= commands.length) throw new BadRequest(`${place}.index: there is no command ${command}`);
      if (fd < 0 || fd >= mostDescriptors) throw new BadRequest(`${place}.fd: must be from 0 to ${mostDescriptors - 1}`);
      if (taken[command]!.has(fd)) throw new BadRequest(`${place}: descriptor ${fd} of command ${command} is taken already`);
      if (end === "in" && fd === 0) throw new BadRequest(`${place}.fd: nothing is written to descriptor 0`);
      taken[command]!.add(fd);
      counts[command] = Math.max(counts[command]!, fd + 1);
    }
  }
  for (const [number, count] of counts.entries()) {
    if (count > mostDescriptors) throw new BadRequest(`cmd[${number}].files: ${count} descriptors are more than ${mostDescriptors}`);
    for (let fd = 0; fd < count; fd++) if (!taken[number]!.has(fd)) throw new BadRequest(`cmd[${number}].files[${fd}]: is null, and no pipe leads there`);
  }
  return counts;
}
