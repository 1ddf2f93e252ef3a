"""Runs the load generator and reads its answer."""

from contextlib import contextmanager
import json
from pathlib import Path
import subprocess
from typing import Iterator

from servers import BenchError, Server


class Generator:
    def __init__(self, program: Path):
        if not program.exists():
            raise BenchError(f"{program} is missing: run `./dev build`")
        self._program = program
        self._runs = 0

    def run(self, server: Server, workload: str, **options: int) -> dict:
        """Sends the workload; options are the generator's, e.g. mails=100, body_octets=1024."""
        done = subprocess.run(self._command(server, workload, options), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        return _answer(server, done.returncode, done.stdout, done.stderr)

    @contextmanager
    def holding(self, server: Server, workload: str, **options: int) -> Iterator[list[dict]]:
        """Holds all connections open inside the `with` block; the answer is put into the list.

        Raises BenchError when not all connections could be held.
        """
        process = subprocess.Popen(self._command(server, workload, options),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        answers: list[dict] = []
        try:
            told = process.stderr.readline().split()
            if len(told) != 4 or told[1] != told[3]:
                raise BenchError(f"{server.name} did not hold all connections: {' '.join(told)}")
            yield answers
            out, err = process.communicate(input="go\n")
            answers.append(_answer(server, process.returncode, out, err))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def _command(self, server: Server, workload: str, options: dict) -> list[str]:
        self._runs += 1  # as the seed: no two runs send the same mails
        command = [str(self._program), "--connect", f"127.0.0.1:{server.smtp_port}",
                   "--workload", workload, "--seed", str(self._runs)]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        return command


def _answer(server: Server, code: int, out: str, err: str) -> dict:
    if code == 0:
        return json.loads(out)
    raise BenchError(f"load on {server.name} failed (exit code {code}): {out.strip() or err.strip()}")
