// send.mjs HOST PORT FROM TO PICTURE ATTACHMENT: a mail with text, HTML with its picture, and a file.
import nodemailer from 'nodemailer';

const [host, port, sender, recipient, picture, attachment] = process.argv.slice(2);
const transport = nodemailer.createTransport({ host, port: Number(port) });
const sent = await transport.sendMail({
  from: { name: '王小明', address: sender },
  to: recipient,
  subject: '每周报告 📊 weekly report',
  text: 'Hello from nodemailer\n.a line with a dot\n你好',
  html: '<p>Hello <b>from</b> nodemailer</p><img src="cid:chart@e2e">',
  attachments: [
    { filename: '图表.png', path: picture, cid: 'chart@e2e' },
    { filename: '报告 2024.csv', path: attachment },
  ],
});
console.log(sent.response);
