/** Which sockets a program may make, and what it may not ask of them. Numbers of linux/socket.h, linux/net.h and linux/in.h. */
import type { ArgumentRule, Case, Condition } from "./rules.ts";

const AF_UNIX = { AF_UNIX: 1 };
const internet = { AF_INET: 2, AF_INET6: 10 };
const AF_NETLINK = { AF_NETLINK: 16 };

function family(test: Condition["test"], values: Condition["values"]): Condition {
  return { argument: 0, argumentName: "family", test, values };
}

function protocolNoneOf(values: Condition["values"]): Condition {
  return { argument: 2, argumentName: "protocol", test: "none of", values };
}

/** SOCK_CLOEXEC and SOCK_NONBLOCK stand in the same argument. */
const typeNoneOf = (values: Condition["values"]): Condition => ({ argument: 1, argumentName: "type", mask: 0xf, test: "none of", values });

const usualOfUnix = { default: 0, PF_UNIX: 1 };
const onlyUnix: readonly Case[] = [
  { when: [family("none of", AF_UNIX)], then: "EAFNOSUPPORT" },
  { when: [protocolNoneOf(usualOfUnix)], then: "EPROTONOSUPPORT" },
];

export const socketWithoutNetwork: ArgumentRule = {
  call: "socket", cases: onlyUnix, otherwise: "allow",
  reason: "what is queued in sockets of other families is in nobody's memory limit, and unknown families and protocols make the kernel load modules",
};

export const socketWithNetwork: ArgumentRule = {
  call: "socket",
  cases: [
    { when: [family("none of", { ...AF_UNIX, ...internet, ...AF_NETLINK })], then: "EAFNOSUPPORT" },
    { when: [family("one of", AF_UNIX), protocolNoneOf(usualOfUnix)], then: "EPROTONOSUPPORT" },
    { when: [family("one of", AF_NETLINK), protocolNoneOf({ NETLINK_ROUTE: 0 })], then: "EPROTONOSUPPORT" },
    { when: [family("one of", internet), protocolNoneOf({ default: 0, IPPROTO_TCP: 6, IPPROTO_UDP: 17 })], then: "EPROTONOSUPPORT" },
    { when: [family("one of", internet), typeNoneOf({ SOCK_STREAM: 1, SOCK_DGRAM: 2 })], then: "EPROTONOSUPPORT" },
  ],
  otherwise: "allow",
  reason: "sockets of TCP and UDP, and questions about interfaces; other families, protocols and types are where kernel bugs are found, and make the kernel load modules",
};

export const socketpair: ArgumentRule = {
  call: "socketpair", cases: onlyUnix, otherwise: "allow",
  reason: "pairs of other families exist (AF_TIPC) and would be a way around the rule for socket",
};

/** An option of the level SOL_SOCKET. */
function socketOption(values: Condition["values"]): readonly Condition[] {
  return [{ argument: 1, argumentName: "level", test: "one of", values: { SOL_SOCKET: 1 } }, { argument: 2, argumentName: "option", test: "one of", values }];
}

const noFilters: Case = {
  when: socketOption({ SO_ATTACH_FILTER: 26, SO_ATTACH_BPF: 50, SO_ATTACH_REUSEPORT_CBPF: 51, SO_ATTACH_REUSEPORT_EBPF: 52 }), then: "EPERM",
};
const whyNoFilters = "filters on sockets use up the memory that the whole machine has for filters (net.core.bpf_jit_limit); then no other box can start";

export const setsockopt: ArgumentRule = { call: "setsockopt", cases: [noFilters], otherwise: "allow", reason: whyNoFilters };

/** What waits in sockets of the internet is in nobody's memory limit, so their buffers stay as large as they are. */
export const setsockoptOfLoopback: ArgumentRule = {
  call: "setsockopt",
  cases: [noFilters, { when: socketOption({ SO_SNDBUF: 7, SO_RCVBUF: 8 }), then: "ignore" }],
  otherwise: "allow",
  reason: `${whyNoFilters}; buffers stay as large as they are, because what waits in them is in nobody's memory limit`,
};
