// A tiny SMTP sender that writes exactly the octets it is given: no library between the test and the wire.
import { once } from 'node:events';
import net from 'node:net';

import { smtp } from './server.mjs';

class Replies {
  #lines = [];
  #rest = '';
  #ended = null;
  #wake = () => {};

  constructor(socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      const lines = (this.#rest + text).split('\r\n');
      this.#rest = lines.pop();
      this.#lines.push(...lines);
      this.#wake();
    });
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the server closed the connection')));
  }

  #end(error) {
    this.#ended ??= error;
    this.#wake();
  }

  /** The next whole reply, of however many lines; throws unless its code is the expected one. */
  async expect(code) {
    const reply = [];
    while (!/^\d{3} /.test(reply.at(-1) ?? '')) {
      if (this.#lines.length > 0) reply.push(this.#lines.shift());
      else if (this.#ended !== null) throw this.#ended;
      else await new Promise((resolve) => (this.#wake = resolve));
    }
    const text = reply.join('\n');
    if (!text.startsWith(String(code))) throw new Error(`expected ${code}, got: ${text}`);
    return text;
  }
}

/** RFC 5321 4.5.2 */
const stuffDots = (raw) => raw.replace(/^\./gm, '..');

/**
 * Sends mails, whole with CRLF line ends, over one connection; answers what mailrig says about each ("queued as <id>").
 * @param {{from?: string, to: string[], raw: string}[]} mails
 */
export async function send(...mails) {
  const socket = net.connect(smtp);
  try {
    return await converse(socket, mails);
  } finally {
    socket.destroy(); // also when the server did not say what was expected
  }
}

async function converse(socket, mails) {
  const replies = new Replies(socket);
  const say = (line) => socket.write(`${line}\r\n`);
  await replies.expect(220);
  say('EHLO page.test');
  await replies.expect(250);
  const ids = [];
  for (const { from = 'app@example.com', to, raw } of mails) {
    say(`MAIL FROM:<${from}>`);
    await replies.expect(250);
    for (const recipient of to) {
      say(`RCPT TO:<${recipient}>`);
      await replies.expect(250);
    }
    say('DATA');
    await replies.expect(354);
    socket.write(Buffer.from(`${stuffDots(raw)}.\r\n`, 'utf8'));
    const accepted = await replies.expect(250);
    ids.push(/queued as (\S+)/.exec(accepted)?.[1]);
  }
  say('QUIT');
  await replies.expect(221);
  socket.end();
  await once(socket, 'close');
  return ids;
}
