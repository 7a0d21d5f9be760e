/** A zip file that is not taken. The message says why, and begins with the thing: "it is ...", `"name" is ...`. */
export class ZipFault extends Error {}
