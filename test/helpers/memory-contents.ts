/** Where the service's long contents are kept in unit tests. */
import { type Content, type Contents, inline, inlineBytes, mostInlineBytes } from "../../src/serve/content.ts";

/** Contents in memory, with the rule of the real ones for what is short. */
export class MemoryContents implements Contents {
  readonly files = new Map<string, Uint8Array>();

  async put(bytes: Uint8Array): Promise<Content> {
    if (bytes.length <= mostInlineBytes) return inline(bytes);
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    this.files.set(sha256, bytes.slice());
    return { sha256, bytes: bytes.length };
  }

  async get(content: Content): Promise<Uint8Array | null> {
    return inlineBytes(content) ?? ("sha256" in content ? (this.files.get(content.sha256) ?? null) : null);
  }

  async path(content: Content): Promise<string | null> {
    return "sha256" in content ? `/nonexistent/${content.sha256}` : null;
  }
}
