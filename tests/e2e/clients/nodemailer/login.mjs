// One mail by nodemailer, as the environment says; see ../../secure_clients.py.
import { readFileSync } from 'node:fs';
import nodemailer from 'nodemailer';

const { HOST, PORT, WAY, CA, LOGIN, PASSWORD, SENDER, RECIPIENT } = process.env;
const options = { host: HOST, port: Number(PORT) };
if (WAY !== 'default') options.auth = { user: LOGIN, pass: PASSWORD };
if (WAY === 'starttls') options.requireTLS = true;
if (WAY === 'tls') options.secure = true;
if (WAY === 'starttls' || WAY === 'tls') options.tls = { ca: readFileSync(CA) };
await nodemailer.createTransport(options).sendMail({ from: SENDER, to: RECIPIENT, subject: 'nodemailer', text: 'Hello' });
