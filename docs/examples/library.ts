import { Isolate, IsolateError } from "mini-isolate";

const box = Isolate.new({ memory_limit: 64 * 1024 * 1024, time_limit: 2, cpu_time_limit: 2, wall_time_limit: 4 });
try {
  const hello = await box.execute(["/bin/echo", "Hello, World!"]);
  console.log(hello.status, hello.stdout);
  const sum = await box.executeFile(`${import.meta.dir}/sum.cpp`, "40 2");
  console.log(sum.status, sum.stdout, sum.compile?.status);
  const slow = await box.executeWithOverrides("/bin/sleep 10", null, { maxTime: 0.5 });
  console.log(slow.status, slow.error_message);
} catch (error) {
  if (!(error instanceof IsolateError)) throw error;
  console.error(error.kind, error.message, error.hint);
} finally {
  box.cleanup();
}
