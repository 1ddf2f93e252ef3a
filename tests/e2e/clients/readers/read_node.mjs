// Fetches a mailbox with node-pop3: HOST PORT USER FOLDER keep|delete plain|tls CA.
import { readFileSync, writeFileSync } from "node:fs";
import Pop3Command from "node-pop3";

const [host, port, user, folder, after, security, ca] = process.argv.slice(2);
const tls = security === "tls" ? { tls: true, tlsOptions: { ca: readFileSync(ca) }, servername: host } : {};
const pop = new Pop3Command({ host, port: Number(port), user, password: "secret", timeout: 30000, ...tls });
for (const [number] of await pop.UIDL()) {
  const content = await pop.RETR(number);
  writeFileSync(`${folder}/${String(number).padStart(3, "0")}`, content);
  if (after === "delete") await pop.command("DELE", number);
}
await pop.QUIT();
