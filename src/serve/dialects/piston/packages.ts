/**
 * `/packages`: what the language packs offer and whether this host has it. Compilers and interpreters are those of the host, so nothing is
 * installed or removed from here.
 */
import { type Call, HttpFault } from "../../http/dialect.ts";
import { readObject } from "./body.ts";
import { refuse } from "./request.ts";
import { type Runtime, runtimesOf } from "./runtimes.ts";
import { fitsRange, isRange, newestFirst, unknownVersion } from "./version.ts";

export async function listPackages({ service, caller }: Call): Promise<Response> {
  return Response.json((await runtimesOf(service, caller)).map(({ language, version, served }) => ({ language, language_version: version, installed: served.isThere })));
}

/** What is there already is there, which is what was asked for. @throws HttpFault */
export async function installPackage(call: Call): Promise<Response> {
  const { language, version, served } = await packageOf(call);
  if (served.isThere) return Response.json({ language, version });
  throw new HttpFault(500, "not-possible", `${language} cannot be installed from here: ${served.problem}; install it on the host`);
}

/** @throws HttpFault */
export async function uninstallPackage(call: Call): Promise<Response> {
  const { language, served } = await packageOf(call);
  const why = served.isThere ? "it belongs to the host; leave its language pack out of the service" : "it is not installed";
  throw new HttpFault(500, "not-possible", `${language} cannot be uninstalled from here: ${why}`);
}

async function packageOf(call: Call): Promise<Runtime> {
  const { language, version } = await readObject(call);
  if (typeof language !== "string") throw refuse("language is required as a string");
  if (typeof version !== "string") throw refuse("version is required as a string");
  const all = (await runtimesOf(call.service, call.caller)).filter((runtime) => runtime.language === language || runtime.aliases.includes(language));
  const fitting = isRange(version) ? all.filter((one) => one.version === unknownVersion || fitsRange(one.version, version)) : [];
  const found = fitting.toSorted((a, b) => newestFirst(a.version, b.version))[0];
  if (found === undefined) throw new HttpFault(404, "unknown-package", `requested package ${language}-${version} does not exist`);
  return found;
}
