/** Seccomp filters as classic BPF (Documentation/userspace-api/seccomp_filter.rst). */

/** struct sock_filter. */
export interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly k: number;
}

const BPF_RET_K = 0x06;
const SECCOMP_RET_ALLOW = 0x7fff_0000;

/** A deny list with nothing on it: every call is allowed. */
export const emptyDenyList: readonly Instruction[] = [{ code: BPF_RET_K, jumpTrue: 0, jumpFalse: 0, k: SECCOMP_RET_ALLOW }];

/** The instructions as the kernel reads them, 8 bytes each, little endian. */
export function programBytes(instructions: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  instructions.forEach(({ code, jumpTrue, jumpFalse, k }, index) => {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, jumpTrue);
    view.setUint8(index * 8 + 3, jumpFalse);
    view.setUint32(index * 8 + 4, k, true);
  });
  return new Uint8Array(view.buffer);
}
