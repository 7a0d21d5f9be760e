import { Isolate } from "mini-isolate";

// Removed at the end of the block, whatever ends it.
await using box = Isolate.temporary({ process_limit: 2, wall_time_limit: 60 });

// Talks to a program while it runs.
const program = box.start(["/bin/sed", "--unbuffered", "s/$/!/"]);
const answers = program.stdout[Symbol.asyncIterator]();
for (const word of ["one", "two"]) {
  await program.stdin.write(`${word}\n`);
  const { value } = await answers.next();
  console.log(new TextDecoder().decode(value).trim());
}
program.stdin.end();
console.log((await program.result).status);

// Reads a stream, and hands the output over piece by piece.
let lines = 0;
const numbers = (async function* () {
  for (let number = 1; number <= 1000; number++) yield `${number}\n`;
})();
const { status, stdout } = await box.execute(["/bin/cat"], numbers, { stdout: (chunk) => void (lines += chunk.filter((byte) => byte === 10).length) });
console.log(status, lines, stdout === "");

// Ends a run from outside: that is no verdict.
try {
  await box.execute(["/bin/sleep", "60"], null, { signal: AbortSignal.timeout(100) });
} catch (error) {
  console.log((error as Error).name);
}
