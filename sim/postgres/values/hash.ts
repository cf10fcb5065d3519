/**
 * hashtext(): Bob Jenkins' lookup3 hash over the UTF-8 bytes, as people use it for advisory lock keys.
 *
 *     hashtext('abc') = -785388649
 *
 * Source: hashfn.c (hash_bytes, mix, final), on little-endian machines.
 */

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** The bytes of the text in UTF-8. */
export function utf8Bytes(text: string): readonly number[] {
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}

type State = [number, number, number];

function mix([a0, b0, c0]: State): State {
  let [a, b, c] = [a0, b0, c0];
  a = ((a - c) ^ rotate(c, 4)) | 0;
  c = (c + b) | 0;
  b = ((b - a) ^ rotate(a, 6)) | 0;
  a = (a + c) | 0;
  c = ((c - b) ^ rotate(b, 8)) | 0;
  b = (b + a) | 0;
  a = ((a - c) ^ rotate(c, 16)) | 0;
  c = (c + b) | 0;
  b = ((b - a) ^ rotate(a, 19)) | 0;
  a = (a + c) | 0;
  c = ((c - b) ^ rotate(b, 4)) | 0;
  b = (b + a) | 0;
  return [a, b, c];
}

function finish([a0, b0, c0]: State): number {
  let [a, b, c] = [a0, b0, c0];
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  return ((c ^ b) - rotate(b, 24)) | 0;
}

/** Four bytes as a number, the first one lowest; missing bytes count as zero. */
function word(bytes: readonly number[], at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

export function hashText(text: string): number {
  const bytes = utf8Bytes(text);
  const start = (0x9e3779b9 + bytes.length + 3923095) | 0;
  let state: State = [start, start, start];
  let at = 0;
  for (; bytes.length - at >= 12; at += 12) {
    const [a, b, c] = state;
    state = mix([(a + word(bytes, at)) | 0, (b + word(bytes, at + 4)) | 0, (c + word(bytes, at + 8)) | 0]);
  }
  const [a, b, c] = state;
  // The lowest byte of the third word is left to the length, so the last bytes move up by one.
  const last = word(bytes, at + 8) << 8;
  return finish([(a + word(bytes, at)) | 0, (b + word(bytes, at + 4)) | 0, (c + last) | 0]);
}
