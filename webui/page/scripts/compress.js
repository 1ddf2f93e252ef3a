// A Vite plugin that writes FILE.gz beside every file of the built page that gets smaller by it. The server hands these out as
// they are, so that it needs no compressor. The same input gives the same octets: no time, no file name, no operating system in
// the gzip header.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const operatingSystemOctet = 9; // RFC 1952 2.3
const unknownSystem = 255;

function filesUnder(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function writeCompressed(path) {
  const identity = readFileSync(path);
  const compressed = gzipSync(identity, { level: 9 });
  compressed[operatingSystemOctet] = unknownSystem;
  if (compressed.length < identity.length) writeFileSync(`${path}.gz`, compressed);
}

export function compress() {
  return {
    name: 'mailrig-compress',
    apply: 'build',
    writeBundle: ({ dir }) => filesUnder(dir).filter((path) => !path.endsWith('.gz')).forEach(writeCompressed),
  };
}
