/** A short stable name for a long text: 64 bits of FNV-1a, as 16 hexadecimal digits. It names states, it never decides whether two are equal. */
export function fingerprintText(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at++) {
    hash ^= BigInt(text.charCodeAt(at));
    hash = BigInt.asUintN(64, hash * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
