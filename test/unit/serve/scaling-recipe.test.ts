// The examples of docs/scaling.md: they agree with each other, with the recipe for containers and with the configuration.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { readServeConfig } from "../../../src/serve/config/read.ts";
import { toServeConfig } from "../../../src/serve/config/to-config.ts";
import { fenced, section } from "../../helpers/markdown.ts";

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly securityContext?: { readonly capabilities: { readonly add: readonly string[] } };
  readonly readinessProbe?: { readonly httpGet: { readonly path: string; readonly port: number } };
}

interface Deployment {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly selector: { readonly matchLabels?: object; readonly app?: string }; readonly template: { readonly metadata: { readonly labels: object }; readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: readonly [Container] } }; readonly ports?: readonly [{ readonly port: number }] };
}

const page = (name: string) => readFileSync(join(import.meta.dir, "../../../docs", name), "utf8");
const text = page("scaling.md");
const compose = parse(fenced(section(text, "With Compose"), "yaml")[0]!) as { readonly services: Readonly<Record<"store" | "server" | "worker", Service>> };
const [workers, servers, service] = parseAllDocuments(fenced(section(text, "With Kubernetes"), "yaml")[0]!).map((document) => document.toJS() as Deployment);
const recipe = fenced(section(page("containers.md"), "A recipe"), "yaml").map((fragment) => parse(fragment) as { readonly services: { readonly judge: Service } })[0]!.services.judge;

/** Whoever starts it gives the keys. */
const withKeys = (environment: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value.startsWith("${") ? `web=${"0".repeat(64)}` : value]));
const configOf = (environment: Readonly<Record<string, string>>) => toServeConfig(readServeConfig({ file: null, environment: withKeys(environment), flags: [] }), { stateDir: "/state", dataDir: "/data", cores: 2 });
const environmentOf = ({ env }: Container) => Object.fromEntries(env.map(({ name, value }) => [name, value ?? `web=${"0".repeat(64)}`]));

describe("the example for Compose", () => {
  test("starts a server without slots and workers at the same store", () => {
    const { server, worker } = compose.services;
    const [ofServer, ofWorker] = [configOf(server.environment), configOf(worker.environment)];
    expect([server.command, ofServer.slots, ofServer.keys.length, ofServer.host]).toEqual([["serve"], 0, 1, "0.0.0.0"]);
    expect([worker.command, ofWorker.slots > 0, ofWorker.store]).toEqual([["worker"], true, ofServer.store]);
    expect(new URL(ofServer.store).hostname).toBe("store");
    expect(compose.services.store.command).toEqual(expect.arrayContaining(["--appendonly", "yes", "--maxmemory-policy", "noeviction"]));
  });

  test("gives workers the rights and the image of the recipe for containers", () => {
    const { worker, server } = compose.services;
    expect([worker.cap_add, worker.security_opt, worker.image, server.image]).toEqual([recipe.cap_add, recipe.security_opt, recipe.image, recipe.image]);
  });

  test("waits for running jobs for longer than they may take", () => {
    const { worker } = compose.services;
    expect(Number.parseInt(worker.stop_grace_period!)).toBeGreaterThan(configOf(worker.environment).drain.most);
  });
});

describe("the example for Kubernetes", () => {
  test("starts the same, with time to end", () => {
    for (const [deployment, word] of [[workers!, "worker"], [servers!, "serve"]] as const) {
      const { containers: [container], terminationGracePeriodSeconds } = deployment.spec.template.spec;
      const config = configOf(environmentOf(container));
      expect([container.args, container.image, config.store, config.slots > 0]).toEqual([[word], recipe.image, "redis://store:6379", word === "worker"]);
      expect(terminationGracePeriodSeconds).toBeGreaterThan(config.drain.most);
      expect(deployment.spec.template.metadata.labels).toEqual(deployment.spec.selector.matchLabels!);
    }
    expect(workers!.spec.template.spec.containers[0].securityContext!.capabilities.add).toEqual([...recipe.cap_add!]);
  });

  test("asks servers where they listen, and leads to them", () => {
    const [container] = servers!.spec.template.spec.containers;
    const { port } = configOf(environmentOf(container));
    expect(container.readinessProbe!.httpGet).toEqual({ path: "/readyz", port });
    expect(service!.spec.ports![0].port).toBe(port);
    expect(service!.spec.selector).toEqual(servers!.spec.selector.matchLabels!);
  });
});
