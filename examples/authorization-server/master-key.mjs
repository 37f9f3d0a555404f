import { readFileSync, writeFileSync } from 'node:fs';

/** The 32 bytes that everything sealed in the store is sealed under, made at the first start: at any other a fresh one could
 * open nothing. Who has this file and the database can sign tokens: a real host keeps it apart from the database.
 *
 * @throws with a sentence where the file is gone, or does not hold a key */
export function loadMasterKey(file, random, isFirstStart) {
  try {
    // Fails where the file exists: of two first starts one makes the key.
    if (isFirstStart) {
      writeFileSync(file, Buffer.from(random.bytes(32)).toString('base64url'), { flag: 'wx', mode: 0o600 });
    }
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const key = new Uint8Array(Buffer.from(readKey(file), 'base64url'));
  if (key.length !== 32)
    throw new Error(`${file} does not hold a master key, which is 32 bytes in base64url: 43 characters`);
  return key;
}

function readKey(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new Error(
      `${file} is missing, and the database holds keys that were sealed under it. Put it back, or name it by MASTER_KEY_FILE; where it is lost, begin with an empty database`,
    );
  }
}
