/** Flags and commands of the service; a part of the registry (flags.ts). */
export const serviceFlags = {
  config: { kind: "path", hint: "FILE", help: "read the configuration from this YAML file", default: "MINI_ISOLATE_SERVE_CONFIG, else none" },
  host: { kind: "text", hint: "ADDRESS", help: "address to listen on; beyond the loopback interface it needs keys, or --insecure", default: "127.0.0.1" },
  port: { kind: "count", hint: "N", range: { min: 0, max: 65_535 }, help: "port to listen on; 0: one that is free", default: "8080" },
  "dialect-ports": { kind: "switch", help: "also listen where the clients of other services expect them: 2000 (Piston), 2358 (Judge0), 5050 (go-judge)" },
  "unix-socket": { kind: "path", hint: "PATH", help: "also listen on a socket at this path" },
  slots: { kind: "count", hint: "N", range: { min: 0, max: 4096 }, help: "how many jobs run at the same time, each on a core of its own; 0: none, workers do", default: "one for each core" },
  "data-dir": { kind: "path", hint: "DIR", help: "directory of the queue and of long inputs and outputs", default: "/var/lib/mini-isolate/serve; ~/.local/state/mini-isolate/serve when not root" },
  store: { kind: "text", hint: "STORE", help: "what the queue is kept in: sqlite, or the address of a Redis or Valkey server (redis://HOST:6379)", default: "sqlite" },
  sync: { kind: "text", hint: "HOW", help: "normal: an acknowledged job survives the end of every process; full: that of the machine, too", default: "normal" },
  name: { kind: "text", hint: "NAME", help: "name of the worker; each has one of its own", default: "the name of the host and the process id" },
  label: { kind: "text", hint: "NAME=VALUE", repeatable: true, help: "a label of the worker: it also gets jobs that ask for this value (repeatable)" },
  insecure: { kind: "switch", help: "listen beyond the loopback interface without keys" },
  check: { kind: "switch", help: "check the configuration, print what is in force, and end" },
  "make-key": { kind: "text", hint: "NAME", help: "print a new key, and what to write into the configuration for it, and end" },
} as const;

export const serviceCommands = {
  serve: {
    summary: "offer the sandbox over HTTP: an API of its own, and those of Piston, Judge0, go-judge and SandboxFusion",
    operands: null,
    flags: {
      config: {}, host: {}, port: {}, "dialect-ports": {}, "unix-socket": {}, insecure: {}, slots: {}, cpus: { help: "processors that slots may use, such as 0,2-3", default: "all that this process may use" },
      "data-dir": {}, store: {}, sync: {}, pack: {}, check: {}, "make-key": {}, json: { help: "for --check: print one JSON document" }, "state-dir": {},
    },
  },
  worker: {
    summary: "run the jobs of a service on this machine: serve --store on others takes them",
    operands: null,
    flags: {
      config: {}, store: { help: "address of the Redis or Valkey server that the service keeps its jobs in (redis://HOST:6379)", default: "that of the configuration" },
      name: {}, label: {}, slots: { help: "how many jobs run at the same time, each on a core of its own" }, cpus: { help: "processors that slots may use, such as 0,2-3", default: "all that this process may use" },
      "data-dir": { help: "directory for files of jobs that run", default: "/var/lib/mini-isolate/worker; ~/.local/state/mini-isolate/worker when not root" },
      pack: {}, check: {}, json: { help: "for --check: print one JSON document" }, "state-dir": {},
    },
  },
} as const;
