"""The bars of mailrig's speed and size, each with what it bounds. Nothing else holds such a number."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    key: str
    title: str
    limit: float
    unit: str


# Processor time of the server per message, relative to smtp-sink in the same run.
CPU_RATIO = {
    "W1": Bar("w1_cpu_ratio", "W1 CPU per mail, mailrig / smtp-sink", 0.75, ""),
    "W2": Bar("w2_cpu_ratio", "W2 CPU per mail, mailrig / smtp-sink", 0.45, ""),
    "W2P": Bar("w2p_cpu_ratio", "W2P CPU per mail, mailrig / smtp-sink", 0.25, ""),
    "W3": Bar("w3_cpu_ratio", "W3 CPU per mail, mailrig / smtp-sink", 0.22, ""),
}

# The same per retrieved message, relative to Dovecot.
POP3_RATIO = {
    "10 KiB": Bar("pop3_10_kib_cpu_ratio", "RETR of 10 KiB, CPU of mailrig / Dovecot", 1.0, ""),
    "5 MiB": Bar("pop3_5_mib_cpu_ratio", "RETR of 5 MiB, CPU of mailrig / Dovecot", 1.0, ""),
}

GROWTH_RATIO = Bar("growth_ratio", "resident growth per stored octet at 10 KiB", 1.06, "")
GROWTH_OVER = Bar("growth_over_octets", "resident growth over the octets of a mail, at 10 KiB", 500,
                  "octets")
HELD = Bar("held_connection_octets", "a held connection", 4096, "octets")
TLS_HELD = Bar("held_tls_connection_octets", "a held TLS connection", 40_960, "octets")
IDLE = Bar("idle_anonymous_octets", "idle RssAnon with HTTP and page", 6_000_000, "octets")
BDAT = Bar("bdat_ratio", "CPU of a 5 MiB mail, by BDAT / by DATA", 1.15, "")
BIG_MAIL = Bar("big_mail_ratio", "CPU of a 50 MiB mail / of a 10 MiB mail", 5.5, "")

INSTRUCTIONS = {
    "W1": Bar("w1_instructions", "user instructions per W1 mail", 40_000, "instructions"),
    "W2": Bar("w2_instructions", "user instructions per W2 mail", 45_000, "instructions"),
}
SYSTEM_CALLS = {
    "W1": Bar("w1_system_calls", "system calls per W1 session", 34, "calls"),
    "W2": Bar("w2_system_calls", "system calls per W2 mail", 17, "calls"),
}

# What the fault engine costs those whom no rule concerns, in user instructions per W2 mail.
NO_RULE = Bar("no_rule_ratio", "W2 with no rule / of a build without the engine", 1.02, "")
IDLE_RULES = Bar("idle_rules_ratio", "W2 with 1,000 rules that do not match / with none", 1.30, "")

# Inspection over HTTP: what a test asks and what it waits for.
LIST = Bar("list_ratio", "CPU of a list of 50 among 100,000 / of Beast's 2 octets", 1.5, "")
LIST_GROWTH = Bar("list_growth", "CPU of a list among 100,000 / among 1,000", 1.15, "")
FIELD_SEARCH = Bar("field_search_ms", "field search over 100,000 mails", 30, "ms")
TEXT_SEARCH = Bar("text_search_ms", "free text over 100,000 plain mails of 1 KiB", 300, "ms")
TEXT_SEARCH_HITS = Bar("text_search_hits_ms", "the same, found in all of them", 300, "ms")
MULTIPART_FIRST = Bar("multipart_first_ms", "free text over 10,000 multipart mails, first", 2_000, "ms")
MULTIPART_AGAIN = Bar("multipart_again_ms", "free text over 10,000 multipart mails, again", 100, "ms")
WAITER = Bar("waiter_ms", "a waiter's answer after the 250, median", 2, "ms")
SMTP_BESIDE = Bar("smtp_beside_ms", "p99 of SMTP beside searches, over twice the quiet one", 2, "ms")


@dataclass(frozen=True)
class Finding:
    """One bar and the figure that was measured against it."""

    bar: Bar
    value: float

    @property
    def holds(self) -> bool:
        return self.value <= self.bar.limit

    def to_json(self) -> dict:
        return {"key": self.bar.key, "title": self.bar.title, "value": self.value,
                "limit": self.bar.limit, "unit": self.bar.unit, "holds": self.holds}
