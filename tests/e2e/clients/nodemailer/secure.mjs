// secure.mjs HOST PORT FROM TO {starttls|implicit} CA FILE
import { readFileSync } from 'node:fs';
import nodemailer from 'nodemailer';

const [host, port, from, to, security, ca, path] = process.argv.slice(2);
const isImplicit = security === 'implicit';
const transport = nodemailer.createTransport({
  host, port: Number(port), secure: isImplicit, requireTLS: !isImplicit, tls: { ca: readFileSync(ca) },
});
const sent = await transport.sendMail({ envelope: { from, to: [to] }, raw: readFileSync(path) });
console.log(sent.response);
