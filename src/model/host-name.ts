/** The host name of a box, so that the host's own is not told. */
export const hostName = "box";
