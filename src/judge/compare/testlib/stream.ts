/**
 * A file as the checkers that come with testlib read it. What is not as it should be in the output is a mistake of the submission; in the answer
 * it is one of the jury.
 */
import { placeOf, tokenAt } from "../difference.ts";
import { isTestlibSpace } from "../space.ts";
import { TokenSource } from "../token-source.ts";
import { isDouble, isInteger, toDouble } from "./numbers.ts";

/** What a checker ends with. Thrown from wherever it is found out. */
export class Finding extends Error {
  readonly kind: "wrong" | "failed";

  constructor(kind: "wrong" | "failed", message: string) {
    super(message);
    this.kind = kind;
  }
}

export class Stream {
  readonly fd: number;
  readonly source: TokenSource;
  readonly #isAnswer: boolean;
  /** Where the token that was read last begins. */
  at = 0;

  /** @param fd a regular file, read from its beginning */
  constructor(fd: number, isAnswer: boolean) {
    [this.fd, this.#isAnswer] = [fd, isAnswer];
    this.source = new TokenSource(fd, isTestlibSpace);
    if (!isAnswer) this.source.skipMark();
  }

  /** Whether nothing but white space is left. */
  isAtEnd(): boolean {
    this.source.skipSpace();
    return this.source.peek() === undefined;
  }

  /**
   * Takes the next token; valid until the next one is read. What is longer than a piece that is held comes without its end.
   * @param wanted what the token should be, for people
   */
  token(wanted: string): Uint8Array {
    const bytes = this.begin(wanted);
    this.source.skip(bytes.length);
    return bytes;
  }

  /** As {@link token}, and does not take it. */
  begin(wanted: string): Uint8Array {
    if (this.isAtEnd()) throw this.finding(`ends where ${wanted} should be`);
    this.at = this.source.offset;
    return this.source.token();
  }

  /** An integer of 64 bits, as its digits: there is one way to write each. */
  integer(): Uint8Array {
    const bytes = this.token("an integer");
    if (!isInteger(bytes)) throw this.misplaced("no integer of 64 bits");
    return bytes;
  }

  double(): number {
    const bytes = this.token("a number");
    if (!isDouble(bytes)) throw this.misplaced("no number");
    return toDouble(bytes);
  }

  /** The token that was read last is not what it should be. */
  misplaced(isWhat: string): Finding {
    return this.#with(`${placeOf(this.fd, this.at)}: ${tokenAt(this.fd, this.at)} is ${isWhat}`);
  }

  finding(does: string): Finding {
    return this.#isAnswer ? new Finding("failed", `the answer ${does}`) : new Finding("wrong", `the output ${does}`);
  }

  #with(text: string): Finding {
    return this.#isAnswer ? new Finding("failed", `the answer, ${text}`) : new Finding("wrong", text);
  }
}

/** Both files of a check. */
export interface Streams {
  readonly output: Stream;
  readonly answer: Stream;
  /** To be called after each token: others have their turn now and then. Nothing to wait for at most times. */
  readonly rest: () => Promise<void> | undefined;
}
