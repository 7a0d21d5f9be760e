/** Runs inside one process, over the library: what is left when the runtime has been started. */
import { Isolate, plainRun } from "../../src/index.ts";
import { command, compare, type Settings } from "./measure.ts";

/** @param state a state directory with box 0 in it */
export async function insideOneProcess(state: string, settings: Settings): Promise<void> {
  const box = Isolate.load("0", { stateDir: state })!;
  const expectSuccess = ({ status, error_message }: { status: string; error_message: string | null }) => {
    if (status !== "Success") throw new Error(`/bin/true: ${status}: ${error_message}`);
  };
  const temporary = Isolate.temporary({}, { stateDir: state });
  const blocking = async (where: Isolate) => expectSuccess(await where.run(["/bin/true"], { kind: "empty" }, { ...plainRun, blocking: true }));
  const fresh = async () => {
    const made = Isolate.new({}, { stateDir: state });
    expectSuccess(await made.execute(["/bin/true"]));
    made.cleanup();
  };
  const contenders = [
    command("/bin/true, directly", ["/bin/true"]),
    { name: "run, blocking, box 0", once: () => blocking(box) },
    { name: "run, blocking, a temporary box that is kept", once: () => blocking(temporary) },
    { name: "execute, event loop free, box 0", once: async () => expectSuccess(await box.execute(["/bin/true"])) },
    { name: "new, execute, cleanup", once: fresh },
  ];
  try {
    await compare("/bin/true, inside one process", contenders, settings);
  } finally {
    temporary.cleanup();
  }
}
