// Writes FILE.gz beside every file of a built page that gets smaller by it. The server hands these out as they are, so that it
// needs no compressor. The same input gives the same octets: no time, no file name, no operating system in the gzip header.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const operatingSystemOctet = 9; // RFC 1952 2.3; 255 = unknown

function filesUnder(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error('usage: node compress.mjs DIRECTORY');
  process.exit(2);
}
for (const path of filesUnder(directory)) {
  if (path.endsWith('.gz')) continue;
  const identity = readFileSync(path);
  const compressed = gzipSync(identity, { level: 9 });
  compressed[operatingSystemOctet] = 255;
  if (compressed.length < identity.length) writeFileSync(`${path}.gz`, compressed);
}
