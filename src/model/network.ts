/** Which network a program has. */

/**
 * - `none`: only sockets between the processes of the box (AF_UNIX)
 * - `loopback`: TCP and UDP on a loopback interface of the box alone
 * - `host`: the network of the host
 */
export const networks = ["none", "loopback", "host"] as const;

export type Network = (typeof networks)[number];

/** The one of the two that allows more. */
export function widerNetwork(a: Network, b: Network): Network {
  return networks.indexOf(a) >= networks.indexOf(b) ? a : b;
}
