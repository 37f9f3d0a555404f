import { readFileSync, writeFileSync } from 'node:fs';

/** The 32 bytes that everything sealed in the store is sealed under, made at the first start: at any other a fresh one could
 * open nothing. Who has this file and the database can sign tokens: a real host keeps it apart from the database. */
export function loadMasterKey(file, random, isFirstStart) {
  try {
    // Fails where the file exists: of two first starts one makes the key.
    if (isFirstStart) {
      writeFileSync(file, Buffer.from(random.bytes(32)).toString('base64url'), { flag: 'wx', mode: 0o600 });
    }
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const key = new Uint8Array(Buffer.from(readFileSync(file, 'utf8'), 'base64url'));
  if (key.length !== 32) throw new Error(`${file} does not hold a master key`);
  return key;
}
