/** What a request brings along: counted, and kept where it is found again. */
import { clashOf } from "../file-name.ts";
import type { Content } from "../../content.ts";
import { HttpFault } from "../../http/dialect.ts";
import type { JobFile } from "../../job.ts";
import type { Service } from "../../service.ts";
import { invalid } from "./invalid-request.ts";
import type { Bytes } from "./schema/values.ts";

export class Keeper {
  readonly #service: Service;
  readonly #most: number;
  readonly #at: string;
  #bytes = 0;

  constructor(service: Service, most: number, at: string) {
    [this.#service, this.#most, this.#at] = [service, most, at];
  }

  /** @throws HttpFault 413 when the job has more than it may */
  async keep(bytes: Bytes): Promise<Content> {
    const value = typeof bytes === "string" ? Buffer.from(bytes) : Buffer.from(bytes.base64, "base64");
    this.#bytes += value.length;
    if (this.#bytes > this.#most) throw new HttpFault(413, "body-too-large", `${this.#at === "" ? "the job" : `job ${this.#at.slice(0, -1)}`} has more than ${this.#most} bytes of files, inputs and outputs`);
    return await this.#service.contents.put(value);
  }

  /** @throws InvalidRequest for names that cannot be in one directory */
  async files(files: readonly { readonly name: string; readonly content: Bytes }[], at: string): Promise<JobFile[]> {
    const clash = clashOf(files.map(({ name }) => name));
    if (clash !== null) throw invalid(at, `cannot be used: ${clash}`);
    return await Promise.all(files.map(async ({ name, content }) => ({ name, content: await this.keep(content) })));
  }
}
