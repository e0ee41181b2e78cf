import { createCipheriv } from "node:crypto";

/** What one of the two recipients decrypts with. */
export interface Recipient {
  readonly key: Buffer;
  readonly nonce: Buffer;
  readonly authenticatedData: Buffer;
}

/**
 * One ciphertext and one tag of AES-256-GCM that are valid under two keys, which GCM does not prevent: its tag is a
 * polynomial over GF(2^128) in a value that follows from the key, so one free block of ciphertext makes two tags equal.
 */
export function craftForTwo(
  first: Recipient,
  second: Recipient,
  start: Buffer,
): { ciphertext: Buffer; tag: Buffer } {
  const withFreeBlock = Buffer.concat([start, Buffer.alloc(16)]);
  const [one, two] = [first, second].map((recipient) => {
    const hashKey = encryptBlock(recipient.key, Buffer.alloc(16));
    const mask = encryptBlock(recipient.key, Buffer.concat([recipient.nonce, Buffer.from([0, 0, 0, 1])]));
    const tag = ghash(hashKey, recipient.authenticatedData, withFreeBlock) ^ mask;
    // The free block is the last but one of what is hashed: the block of lengths follows it.
    return { tag, weight: multiply(hashKey, hashKey) };
  }) as [{ tag: bigint; weight: bigint }, { tag: bigint; weight: bigint }];
  const block = multiply(one.tag ^ two.tag, invert(one.weight ^ two.weight));
  const tag = one.tag ^ multiply(block, one.weight);
  return { ciphertext: Buffer.concat([start, toBytes(block)]), tag: toBytes(tag) };
}

function encryptBlock(key: Buffer, block: Buffer): bigint {
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  return toNumber(Buffer.concat([cipher.update(block), cipher.final()]));
}

function ghash(hashKey: bigint, authenticatedData: Buffer, ciphertext: Buffer): bigint {
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64BE(BigInt(authenticatedData.length) * 8n, 0);
  lengths.writeBigUInt64BE(BigInt(ciphertext.length) * 8n, 8);
  const input = Buffer.concat([fillBlock(authenticatedData), fillBlock(ciphertext), lengths]);
  let hash = 0n;
  for (let offset = 0; offset < input.length; offset += 16) {
    hash = multiply(hash ^ toNumber(input.subarray(offset, offset + 16)), hashKey);
  }
  return hash;
}

function fillBlock(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((16 - (bytes.length % 16)) % 16)]);
}

/** NIST SP 800-38D, 6.3: the leftmost bit is the coefficient of x^0. */
function multiply(x: bigint, y: bigint): bigint {
  let product = 0n;
  let shifted = y;
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ (0xe1n << 120n) : shifted >> 1n;
  }
  return product;
}

/** x^(2^128 - 2), since x^(2^128 - 1) is one. */
function invert(x: bigint): bigint {
  let power = x;
  let inverse = 1n << 127n;
  for (let bit = 1; bit < 128; bit++) {
    power = multiply(power, power);
    inverse = multiply(inverse, power);
  }
  return inverse;
}

function toNumber(block: Buffer): bigint {
  return BigInt(`0x${block.toString("hex")}`);
}

function toBytes(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(32, "0"), "hex");
}
