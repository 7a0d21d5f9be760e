/** Where instances are kept, and how one is made: what every operation on an instance takes. */

/** Where instances are kept. */
export interface StoreOptions {
  /** Default: MINI_ISOLATE_STATE_DIR, else `/tmp/mini-isolate` (root) or `/tmp/mini-isolate-<uid>`. */
  readonly stateDir?: string;
  /** Path of the binary, for programs under Node. Default: MINI_ISOLATE_BINARY, the one of the package, the one in PATH. Under Bun the library needs none. */
  readonly binary?: string;
}

/** How a new instance is made. */
export interface NewOptions extends StoreOptions {
  /** Replace an instance that has this id. */
  readonly force?: boolean;
  /** Working directory instead of one of our own; absolute. */
  readonly dir?: string | null;
  /** Language packs, as `--pack` takes them: the box keeps a copy, which wins over all others. */
  readonly packs?: readonly string[];
}
