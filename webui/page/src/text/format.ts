// How sizes, times and addresses are written. Pure functions; the person's own locale decides times.

import type { Address, Attempt, Summary } from '../api';

const units = ['B', 'KiB', 'MiB', 'GiB'] as const;

export function formatSize(octets: number): string {
  let value = octets;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const timeOfDay = new Intl.DateTimeFormat(undefined, { ...clock, second: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat(undefined, { ...clock, day: 'numeric', month: 'short' });
const wholeDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' });

/** The time alone for today's mail (with seconds: tests send several a minute), else with its day. */
export function formatTime(rfc3339: string, now: Date = new Date()): string {
  const time = new Date(rfc3339);
  if (Number.isNaN(time.getTime())) return rfc3339;
  return time.toDateString() === now.toDateString() ? timeOfDay.format(time) : dayAndTime.format(time);
}

export function formatWholeTime(rfc3339: string): string {
  const time = new Date(rfc3339);
  return Number.isNaN(time.getTime()) ? rfc3339 : wholeDate.format(time);
}

export function formatAddress(address: Address): string {
  return address.name ? `${address.name} <${address.address}>` : address.address;
}

/** Who a mail seems to be from: its From header, else the reverse-path, which for bounces is empty. */
export function senderOf(summary: Summary): string {
  return summary.from?.name || summary.from?.address || summary.mail_from || '(no sender)';
}

export function subjectOf(summary: Summary): string {
  return summary.subject || '(no subject)';
}

/** The first recipient by name where its To header has one, and how many more there are. */
export function recipientsOf(summary: Summary): string {
  const named = summary.to[0];
  const first = named ? named.name || named.address : summary.rcpt_to[0];
  if (first === undefined) return '(no recipient)';
  const others = (named ? summary.to.length : summary.rcpt_count) - 1;
  return others > 0 ? `${first} +${others}` : first;
}

const places: Record<string, string> = {
  data_body: 'in the midst of the data',
  end_of_data: 'at the end of the data',
  after_accept: 'at the end of the data',
};

/** What became of a mail that failed: "Refused at RCPT: 550 5.1.1 User unknown". */
export function outcomeOf(attempt: Attempt): string {
  if (attempt.outcome === 'accepted')
    return attempt.reply === null ? 'Stored, but no reply was sent' : `Taken with ${attempt.reply.code}, and dropped`;
  const place = places[attempt.stage] ?? `at ${attempt.stage.toUpperCase()}`;
  const reply = attempt.reply ?? attempt.rcpts.find((each) => each.reply !== null && each.reply.code >= 400)?.reply;
  const words = reply ? [reply.code, reply.enhanced, reply.text].filter((part) => part !== null).join(' ') : '';
  if (attempt.outcome === 'rejected') return `Refused ${place}: ${words || 'without a reply'}`;
  return `Broken off ${place}${words === '' ? ', without a reply' : `: ${words}`}`;
}

export function plural(count: number, word: string): string {
  return `${count.toLocaleString()} ${word}${count === 1 ? '' : 's'}`;
}
