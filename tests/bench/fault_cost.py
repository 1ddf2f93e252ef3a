"""What the fault engine costs mails that no rule concerns: user instructions per W2 mail, by callgrind."""

import json
from pathlib import Path
from statistics import mean
import tempfile
from typing import Callable

import bars
import gate
from load import Generator
from servers import Subject

ROUNDS = 3
RULES = 1_000
# The stages of SMTP at which a recipient is known, so that a rule can ask for one.
STAGES = ("rcpt", "data", "data_body", "bdat", "end_of_data", "after_accept", "rset", "vrfy", "help", "noop",
          "unknown", "quit")
NO_RULE = ("--magic-domain", "off")


def measure(mailrig: Subject, without: Subject, load: Path, say: Callable[[str], None]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="mailrig-bench-") as folder:
        rules = Path(folder, "rules.json")
        rules.write_text(json.dumps(rules_that_do_not_match()))
        cases = {"a build without the engine": (without, NO_RULE),
                 "no rule": (mailrig, NO_RULE),
                 "no rule but those of magic recipients": (mailrig, ()),
                 f"{RULES:,} rules that do not match": (mailrig, (*NO_RULE, "--faults", str(rules)))}
        found: dict[str, list[float]] = {name: [] for name in cases}
        # Each with a generator of its own: what differs from mail to mail costs more than a rule, so all get the same.
        generators = {name: Generator(load) for name in cases}
        for number in range(ROUNDS):
            for name, (subject, options) in cases.items():
                say(f"round {number + 1} of {ROUNDS}: user instructions of W2 with {name}")
                found[name].append(gate.instructions(subject, generators[name], "W2", options))
        return {name: mean(counts) for name, counts in found.items()}


def rules_that_do_not_match() -> dict:
    def rule(number: int) -> dict:
        stage = STAGES[number % len(STAGES)]
        fact = "rcpt" if stage == "rcpt" else "rcpt.any"
        return {"id": f"idle-{number}", "where": {"protocol": "smtp", "stage": stage},
                "when": {fact: {"eq": f"nobody{number}@idle.test"}}, "actions": [{"delay": {"for": "1s"}}]}

    return {"rules": [rule(number) for number in range(RULES)]}


def findings(found: dict[str, float]) -> list[bars.Finding]:
    without, none, _, many = found.values()
    return [bars.Finding(bars.NO_RULE, none / without), bars.Finding(bars.IDLE_RULES, many / none)]


def lines(found: dict[str, float]) -> list[str]:
    return [f"{count:9,.0f} user instructions per W2 mail with {name}" for name, count in found.items()]
