/*
 * CRC-32 as in zlib, PNG and Python's zlib.crc32 (polynomial 0xEDB88320, reflected).
 *
 * Owns one function. It runs over the whole board, one to sixteen million cells, at every heartbeat and on
 * the page's only thread; therefore slicing by eight, which is about four times as fast as byte by byte.
 */

const TABLES = makeTables();

/**
 * @param {Uint8Array} bytes
 * @returns {number} unsigned, 32 bits
 */
export function crc32(bytes) {
  const t = TABLES;
  const end = bytes.length;
  const whole = end - (end % 8);
  let crc = ~0;
  let i = 0;
  for (; i < whole; i += 8) {
    const low = crc ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
    crc =
      t[1792 + (low & 255)] ^
      t[1536 + ((low >>> 8) & 255)] ^
      t[1280 + ((low >>> 16) & 255)] ^
      t[1024 + (low >>> 24)] ^
      t[768 + bytes[i + 4]] ^
      t[512 + bytes[i + 5]] ^
      t[256 + bytes[i + 6]] ^
      t[bytes[i + 7]];
  }
  for (; i < end; i++) crc = t[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Eight tables of 256 in one array: table n answers for a byte with n more bytes behind it. */
function makeTables() {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256];
    tables[i] = tables[before & 255] ^ (before >>> 8);
  }
  return tables;
}
