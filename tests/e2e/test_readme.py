"""The README's ways to wait for a mail, and its fault in a minute, do what they say."""

import os
import pathlib
import re
import smtplib
import subprocess
import tempfile
import unittest

import tools
from server import Server, clean_environment

BINARY = os.environ.get("MAILRIG_BIN", "")
WAIT = "## Wait for a mail in one call"
FAULT = "## A fault in a minute"
# How each language's block is run, as the file of this name.
RUNNERS = {"sh": ("wait.sh", ["sh"]), "python": ("wait.py", ["python3"]), "js": ("wait.mjs", ["node"]),
           "java": ("Wait.java", ["java"])}


def blocks(heading):
    """(language, text) of each block below a heading."""
    text = (tools.ROOT / "README.md").read_text(encoding="utf-8")
    section = text[text.index(heading):]
    section = section[:section.index("\n## ", 1)]
    return re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL)


def waits():
    return dict(blocks(WAIT))


def is_shown(said, shown):
    """Whether all that a console block shows came in this order; `…` in it stands for anything."""
    position = 0
    for piece in filter(None, map(str.strip, re.split("…|\n", shown))):
        found = said.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return True


class Readme(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mailrig-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = self.enterContext(Server(BINARY))

    def run_block(self, language, text):
        name, command = RUNNERS[language]
        self.assertIn("http://localhost:8025", text)
        file = self.folder / name
        file.write_text(text.replace("http://localhost:8025", self.server.url).replace("timeout=10s", "timeout=5s"),
                        encoding="utf-8")
        return subprocess.run([tools.require(command[0]), *command[1:], file], capture_output=True, text=True,
                              timeout=120, check=False, env=clean_environment())

    def test_each_language_has_its_block_of_ten_lines(self):
        self.assertEqual(set(waits()), set(RUNNERS))
        for language, text in waits().items():
            self.assertLessEqual(len(text.splitlines()), 10, language)

    def test_each_block_finds_the_mail(self):
        with smtplib.SMTP(*self.server.smtp, timeout=30) as smtp:
            smtp.sendmail("app@shop.test", ["bob@shop.test"],
                          "Subject: Welcome to the shop\r\n\r\nYour code is 471193.\r\n")
        for language, text in waits().items():
            with self.subTest(language=language):
                ended = self.run_block(language, text)
                self.assertEqual(ended.returncode, 0, ended)
                self.assertIn("471193", ended.stdout)

    def test_a_miss_is_told_in_words(self):
        ended = self.run_block("sh", waits()["sh"].replace("timeout=10s", "timeout=100ms"))
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("bob@shop.test", ended.stdout)


class FaultInAMinute(unittest.TestCase):
    """The section's blocks, one after the other, each with what it shows."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mailrig-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = self.enterContext(Server(BINARY))
        (self.folder / "mailrig").symlink_to(BINARY)
        self.environment = clean_environment(MAILRIG_URL=self.server.url, PATH=f"{self.folder}:{os.environ['PATH']}")

    def here(self, text):
        """The README's text, said of this test's server."""
        ports = {"8025": self.server.listeners("http")[0][1], "2525": self.server.smtp[1]}
        return re.sub(r"\b(8025|2525)\b", lambda port: str(ports[port[0]]), text)

    def run_command(self, command):
        ended = subprocess.run(["sh", "-c", self.here(command)], cwd=self.folder, env=self.environment, timeout=120,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return ended.returncode, ended.stdout

    def test_the_section_does_what_it_says(self):
        (_, apply), (_, program), (_, sending), (_, transcript) = blocks(FAULT)
        code, said = self.run_command(apply)
        self.assertEqual(code, 0, said)
        self.assertIn("SMTPSendFailedException: 421 4.4.5 HL:ICC", said)
        self.assertIn("faults clear netease-421-hl-icc", said)
        self.assertLessEqual(len(program.splitlines()), 10)
        (self.folder / "Send.java").write_text(self.here(program), encoding="utf-8")
        self.assertNotEqual(self.check_console(sending), 0)
        self.assertEqual(self.check_console(transcript), 0)
        code, said = self.run_command("mailrig verify netease-421-hl-icc && mailrig faults clear")
        self.assertEqual((code, said.count("yes")), (0, 3), said)

    def check_console(self, block):
        """Runs the command of a block, whose output must be the one shown; answers its exit code."""
        command, shown = block.removeprefix("$ ").split("\n", 1)
        code, said = self.run_command(command)
        self.assertTrue(is_shown(said, shown), f"{shown}\n is not what came:\n{said}")
        return code


if __name__ == "__main__":
    unittest.main()
