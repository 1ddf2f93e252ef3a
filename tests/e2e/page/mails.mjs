// The mails that these tests send, whole and with CRLF line ends.
import { deflateSync } from 'node:zlib';

const lines = (...parts) => parts.flat().join('\r\n') + '\r\n';
const base64Lines = (octets) => Buffer.from(octets).toString('base64').match(/.{1,76}/g);
const encodedWord = (text) => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;

export function plain({ subject, text = ['It works.'], from = 'App <app@example.com>', to = 'Ann <ann@example.com>' }) {
  return lines(
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${encodedWord(subject)}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    'MIME-Version: 1.0',
    '',
    text,
  );
}

export const attachment = { name: 'report.csv', type: 'text/csv', content: 'id,amount\r\n1,9.90\r\n2,15.00\r\n' };

/** multipart/mixed of (multipart/related of HTML and the image it shows by its Content-ID) and an attachment. */
export function withInlineImage({ subject, html, image }) {
  return lines(
    'From: "Billing, Shop" <billing@shop.example>',
    'To: Ann <ann@example.com>',
    `Subject: ${encodedWord(subject)}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="outer"',
    '',
    '--outer',
    'Content-Type: multipart/related; boundary="inner"',
    '',
    '--inner',
    'Content-Type: text/html; charset=utf-8',
    '',
    html,
    '--inner',
    'Content-Type: image/png; name="logo.png"',
    'Content-Transfer-Encoding: base64',
    'Content-ID: <logo@shop.example>',
    'Content-Disposition: inline; filename="logo.png"',
    '',
    base64Lines(image),
    '--inner--',
    '--outer',
    `Content-Type: ${attachment.type}; name="${attachment.name}"`,
    `Content-Disposition: attachment; filename="${attachment.name}"`,
    'Content-Transfer-Encoding: base64',
    '',
    base64Lines(attachment.content),
    '--outer--',
  );
}

function pngChunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crcOf(body), body.length + 4);
  return frame;
}

/** PNG's CRC-32, which Node 18 does not offer. */
function crcOf(octets) {
  let crc = ~0;
  for (const octet of octets) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A PNG of one colour. */
export function png(width, height, [red, green, blue]) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([red, green, blue]))]);
  const pixels = deflateSync(Buffer.concat(Array(height).fill(row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, pngChunk('IHDR', header), pngChunk('IDAT', pixels), pngChunk('IEND', Buffer.alloc(0))]);
}
