"""What a person reads: tables of the figures, and every bar with its verdict."""

import bars


def bar_lines(findings: list[bars.Finding]) -> list[str]:
    lines = [f"{'bar':<58} {'measured':>12} {'at most':>10}"]
    for found in findings:
        verdict = "ok" if found.holds else "BROKEN"
        lines.append(f"{found.bar.title:<58} {_number(found.value):>12} "
                     f"{_number(found.bar.limit):>10}  {verdict}")
    return lines


def broken_lines(findings: list[bars.Finding]) -> list[str]:
    return [f"BROKEN: {found.bar.title}: {_number(found.value)} is over {_number(found.bar.limit)} "
            f"{found.bar.unit}".rstrip() for found in findings if not found.holds]


def workload_lines(summaries: dict) -> list[str]:
    lines = [f"{'':<5} {'server':<10} {'CPU us/mail':>12} {'at reply':>9} {'mails/s':>9} "
             f"{'p50 us':>8} {'p99 us':>8} {'max us':>8} {'sender us':>10}"]
    for workload, summary in summaries.items():
        for name in ("mailrig", "smtp-sink"):
            lines.append(_server_line(workload, name, summary[name]))
        ratios = " ".join(f"{ratio:.3f}" for ratio in summary["cpu_ratio_rounds"])
        lines.append(f"{workload:<5} CPU ratio  {summary['cpu_ratio']:>11.3f}   (rounds: {ratios})")
    return lines


def size_lines(sizes: dict) -> list[str]:
    idle, held, growth = sizes["idle"], sizes["held"], sizes["growth"]
    return [
        f"idle: RssAnon {idle['anonymous']:,} octets, VmRSS {idle['resident']:,} octets, after GET "
        + " ".join(idle["fetched"]),
        f"held: {held['held']:,} connections, {held['octets_per_connection']:,.0f} octets RssAnon and "
        f"{held['resident_per_connection']:,.0f} octets VmRSS each; {held['accepted_afterwards']:,} "
        "sent a mail afterwards",
        f"growth: {growth['mails']:,} mails, {growth['stored_octets']:,} octets stored, "
        f"{growth['grown_octets']:,} octets VmRSS: {growth['ratio']:.4f} per stored octet, "
        f"{growth['over_octets']:,.0f} octets over each mail "
        f"(transcript ring {growth['transcript_memory']}, filled before)",
    ]


def big_mail_lines(big: dict) -> list[str]:
    return [f"big mails: {big['cpu_ms_10_mib']:.2f} ms CPU at 10 MiB, {big['cpu_ms_50_mib']:.2f} ms "
            f"at 50 MiB, ratio {big['ratio']:.2f}"]


def bdat_lines(found: dict) -> list[str]:
    return [f"5 MiB: {found['cpu_us_data']:.0f} us CPU by DATA, {found['cpu_us_bdat']:.0f} us by BDAT, "
            f"ratio {found['ratio']:.2f}"]


def _server_line(workload: str, name: str, figures: dict) -> str:
    latency = figures["latency_us"]
    return (f"{workload:<5} {name:<10} {figures['cpu_us']:>12.1f} {figures['cpu_us_at_reply']:>9.1f} "
            f"{figures['messages_per_s']:>9.0f} {latency['p50']:>8.0f} {latency['p99']:>8.0f} "
            f"{latency['max']:>8.0f} {figures['generator_cpu_us']:>10.1f}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3f}"
