/** The entry of the binary. Nothing is imported before it is known what for. */
if (process.platform !== "linux") {
  const { writeDiagnostic } = await import("./cli/write.ts");
  const { exitCodes } = await import("./model/errors.ts");
  writeDiagnostic(`mini-isolate: this program needs Linux (namespaces, cgroups); this is ${process.platform}\n`);
  process.exitCode = exitCodes.usage;
} else {
  const { runCommandLine } = await import("./cli/index.ts");
  process.exitCode = await runCommandLine(process.argv.slice(2));
}
