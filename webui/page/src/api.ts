// The page's only way to mailrig: HTTP and JSON under /v1. Everything else in the page works on these shapes.
// Keys are the API's own (snake_case). Nothing here touches the document.

export interface Address {
  name: string | null;
  address: string;
}

export interface Summary {
  id: string;
  uid: number;
  received_at: string;
  mail_from: string | null;
  /** In a list the first ones only; `rcpt_count` is how many there are. */
  rcpt_to: string[];
  rcpt_count: number;
  from: Address | null;
  to: Address[];
  cc: Address[];
  subject: string | null;
  date: string | null;
  size: number;
  attachment_count: number;
  snippet: string | null;
  /** What the pretended provider did with it; `mixed` where its recipients fared differently. */
  fate: string;
}

export interface Header {
  name: string;
  value: string;
}

export interface Attachment {
  n: number;
  filename: string | null;
  type: string;
  size: number;
}

export interface Part extends Attachment {
  charset: string | null;
  content_disposition: string | null;
  content_id: string | null;
}

export interface Message extends Summary {
  message_id: string | null;
  reply_to: Address[];
  bcc: Address[];
  envelope_only: string[];
  headers: Header[];
  text: string | null;
  html: string | null;
  attachments: Attachment[];
  parts: Part[];
}

export interface MessagePage {
  messages: Summary[];
  next_cursor: string | null;
  matched: number;
  total: number;
  mark: string | null;
}

export interface Listener {
  protocol: string;
  address: string;
  port: number;
  url: string;
}

/** A rule in force. */
export interface Rule {
  id: string;
  name: string | null;
  /** "own", "generated" or "scenario NAME". */
  source: string;
  protocol: string;
  stages: string[];
  status: 'active' | 'disabled' | 'exhausted' | 'expired';
  hits: number;
}

export interface ScenarioParameter {
  name: string;
  title: string;
  kind: 'number' | 'text' | 'duration';
  default: string | number | null;
  choices: string[];
}

export interface Scenario {
  name: string;
  title: string;
  params: ScenarioParameter[];
  /** The parameters it is applied with; null: it is not. */
  applied: Record<string, string | number | null> | null;
  scenario: { client_sees?: Record<string, string>; robust_app?: string };
}

export interface Reply {
  code: number;
  enhanced: string | null;
  text: string;
}

/** One try to send a mail, whatever became of it. */
export interface Attempt {
  id: string;
  session: string;
  started_at: string;
  stage: string;
  mail_from: string | null;
  rcpts: { address: string; reply: Reply | null }[];
  subject: string | null;
  outcome: 'accepted' | 'rejected' | 'aborted';
  reply: Reply | null;
  bytes: number;
  /** The mail that came of it. */
  message: string | null;
}

/** What became of a mail for one recipient, and the rule that had it so. */
export interface RecipientFate {
  address: string;
  fate: string;
  rule: string | null;
}

/** Which messages are gone; `all` when the whole rig was emptied at once. */
export type Removed = { ids: string[] } | { all: true };

/** An RFC 9457 problem, or a failure to reach the server told in the same shape (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail === '' ? title : `${title}: ${detail}`);
    this.name = 'Problem';
  }
}

const base = '/v1';
/** In the grammar of docs/search.md. */
const failedQuery = 'outcome:rejected OR outcome:aborted OR outcome:unanswered OR fate:dropped';

export const messageUrl = (id: string): string => `${base}/messages/${encodeURIComponent(id)}`;
export const rawUrl = (id: string): string => `${messageUrl(id)}/raw`;
export const htmlUrl = (id: string): string => `${messageUrl(id)}/html`;
export const partUrl = (id: string, n: number): string => `${messageUrl(id)}/parts/${n}`;
export const eventsUrl = `${base}/events`;

export async function listMessages(
  query: { limit: number; cursor?: string },
  signal?: AbortSignal,
): Promise<MessagePage> {
  const parameters = new URLSearchParams({ limit: String(query.limit) });
  if (query.cursor !== undefined) parameters.set('cursor', query.cursor);
  const response = await send('GET', `${base}/messages?${parameters}`, signal);
  return readJson<MessagePage>(response);
}

export async function getMessage(id: string, signal: AbortSignal): Promise<Message> {
  return readJson<Message>(await send('GET', messageUrl(id), signal));
}

export async function deleteMessage(id: string): Promise<void> {
  await send('DELETE', messageUrl(id));
}

export async function deleteAllMessages(): Promise<void> {
  await send('DELETE', `${base}/messages?all=true`);
}

export async function listRules(signal: AbortSignal): Promise<Rule[]> {
  return (await readJson<{ rules: Rule[] }>(await send('GET', `${base}/faults`, signal))).rules;
}

export async function listScenarios(signal: AbortSignal): Promise<Scenario[]> {
  return (await readJson<{ scenarios: Scenario[] }>(await send('GET', `${base}/scenarios`, signal))).scenarios;
}

export async function applyScenario(name: string, params: Record<string, string | null>): Promise<void> {
  await send('POST', `${base}/scenarios/${encodeURIComponent(name)}/apply`, undefined, JSON.stringify({ params }));
}

export async function clearScenario(name: string): Promise<void> {
  await send('DELETE', `${base}/scenarios/${encodeURIComponent(name)}/apply`);
}

export async function clearFaults(): Promise<void> {
  await send('DELETE', `${base}/faults`);
}

/** Mail that was refused, broken off or left half-sent, or taken and then dropped; newest first. */
export async function listFailedAttempts(limit: number, signal: AbortSignal): Promise<Attempt[]> {
  const parameters = new URLSearchParams({ limit: String(limit), query: failedQuery });
  const response = await send('GET', `${base}/attempts?${parameters}`, signal);
  return (await readJson<{ attempts: Attempt[] }>(response)).attempts;
}

export async function getAttempt(id: string, signal: AbortSignal): Promise<Attempt> {
  return readJson<Attempt>(await send('GET', `${base}/attempts/${encodeURIComponent(id)}`, signal));
}

export async function getFates(message: string, signal: AbortSignal): Promise<RecipientFate[]> {
  const found = await readJson<{ recipients: RecipientFate[] }>(await send('GET', messageUrl(message), signal));
  return found.recipients;
}

/** What was said in a session, a line each. */
export async function readTranscript(session: string, signal: AbortSignal): Promise<string> {
  const url = `${base}/sessions/${encodeURIComponent(session)}/transcript.txt`;
  return (await send('GET', url, signal)).text();
}

/** The listeners that mailrig says it has; throws a Problem where it does not tell. */
export async function getListeners(signal: AbortSignal): Promise<Listener[]> {
  const info = await readJson<{ listeners?: Listener[] }>(await send('GET', `${base}/info`, signal));
  return info.listeners ?? [];
}

/** The first `limit` octets of a message as received, and whether that was all of it. */
export async function readRaw(
  id: string,
  limit: number,
  signal: AbortSignal,
): Promise<{ text: string; complete: boolean }> {
  const response = await send('GET', rawUrl(id), signal);
  const { octets, complete } = await readAtMost(response, limit);
  return { text: decodeOctets(octets, complete), complete };
}

async function send(method: string, url: string, signal?: AbortSignal, body?: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { method, signal: signal ?? null, body: body ?? null });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'mailrig does not answer', `${method} ${url} got no response; is it still running?`);
  }
  if (!response.ok) throw await toProblem(response);
  return response;
}

async function toProblem(response: Response): Promise<Problem> {
  const fallback = `HTTP ${response.status} ${response.statusText}`.trim();
  try {
    const body = (await response.json()) as { title?: string; detail?: string };
    return new Problem(response.status, body.title ?? fallback, body.detail ?? '');
  } catch {
    return new Problem(response.status, fallback, '');
  }
}

async function readJson<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(response.status, 'The answer is not JSON', `from ${response.url}`);
  }
}

async function readAtMost(
  response: Response,
  limit: number,
): Promise<{ octets: Uint8Array<ArrayBuffer>; complete: boolean }> {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let complete = reader === undefined;
  while (reader !== undefined && length <= limit) {
    const { done, value } = await reader.read();
    if (done) {
      complete = true;
      break;
    }
    chunks.push(value);
    length += value.length;
  }
  if (!complete) await reader?.cancel();
  const octets = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    octets.set(chunk, at);
    at += chunk.length;
  }
  return { octets: octets.slice(0, limit), complete };
}

/** Mail source is UTF-8 where it is valid UTF-8, else shown octet by octet as latin-1. */
function decodeOctets(octets: Uint8Array<ArrayBuffer>, complete: boolean): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets, { stream: !complete });
  } catch {
    return new TextDecoder('latin1').decode(octets);
  }
}
