import { Isolate, IsolateError } from "mini-isolate";

const box = Isolate.temporary({ memory_limit: 64 * 1024 * 1024, time_limit: 2 });
try {
  const result = await box.executeFile("sum.py", "40 2\n");
  console.log(result.status, result.stdout.trim());
  const slow = await box.execute(["/bin/sleep", "10"], null, { overrides: { maxTime: 0.5 } });
  console.log(slow.status, slow.limit);
  await box.execute(["/bin/true"], null, { overrides: { maxCpu: -1 } });
} catch (error) {
  if (!(error instanceof IsolateError)) throw error;
  console.log(error.kind, error.hint);
} finally {
  box.cleanup();
}
