// What nodemailer says of a list of faulty servers; see ../../fault_cases.py for the lines that it reads and prints.
// Arguments: the CA's certificate, the timeout in milliseconds.
import { readFileSync, writeSync } from 'node:fs';
import nodemailer from 'nodemailer';

const [authority, timeout] = process.argv.slice(2);
const milliseconds = Number(timeout);

function transport([, port, security, login]) {
  return nodemailer.createTransport({
    host: 'localhost',
    port: Number(port),
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'plain',
    auth: login === 'login' ? { user: 'a', pass: 'b' } : undefined,
    tls: { ca: readFileSync(authority) },
    connectionTimeout: milliseconds,
    greetingTimeout: milliseconds,
    // Both begin with the connection; which one ends it shall not be left to chance.
    socketTimeout: milliseconds + 500,
  });
}

function raw(size) {
  return 'Subject: Order 17\r\n\r\n' + 'x'.repeat(62).concat('\r\n').repeat(Math.floor(size / 64));
}

async function send(fields) {
  const envelope = { from: 'a@163.com', to: 'x@163.com' };
  try {
    const sent = await transport(fields).sendMail({ envelope, raw: raw(Number(fields[4])) });
    return `OK ${sent.response}`;
  } catch (failure) {
    return [failure.code, failure.responseCode, failure.message].filter((part) => part).join(' ');
  }
}

async function report(fields) {
  const [name, port] = fields;
  const said = await send(fields);
  writeSync(1, `${name}\t${said.replace(/\s*\n\s*/g, ' / ').replaceAll(port, 'P')}\n`);
}

// Large mails one by one: while one is made ready, this thread hears nothing of the others, whose time passes.
const cases = readFileSync(0, 'utf8').trimEnd().split('\n').map((line) => line.split('\t'));
const isLarge = (fields) => Number(fields[4]) > 1e6;
await Promise.all(cases.filter((fields) => !isLarge(fields)).map(report));
for (const fields of cases.filter(isLarge)) await report(fields);
process.exit(0); // connections that servers leave open do not matter any more
