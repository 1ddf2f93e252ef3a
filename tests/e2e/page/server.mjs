// The mailrig under test, as its runner tells of it. It belongs to these tests alone: they empty it.

function required(name, meaning) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; it is ${meaning}`);
  return value;
}

/** The page's and the API's base URL, without a slash at its end. */
export const url = required('MAILRIG_URL', 'the base URL of a running mailrig, such as http://127.0.0.1:8025').replace(/\/$/, '');

/** Where mail is sent to: { host, port }. */
export const smtp = (() => {
  const value = required('MAILRIG_SMTP', 'host:port of its SMTP listener, such as 127.0.0.1:2525');
  const match = /^(?:smtp:\/\/)?\[?(.*?)\]?:(\d+)\/?$/.exec(value);
  if (match === null) throw new Error(`MAILRIG_SMTP=${value} is not host:port`);
  return { host: match[1], port: Number(match[2]) };
})();

/** Asks the API; an error is thrown with its text. */
export async function ask(method, path, body) {
  const response = await fetch(`${url}${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** No message, attempt or rule is left. */
export const emptyRig = () => ask('POST', '/v1/reset', {});
