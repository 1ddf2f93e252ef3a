"""The README's ways to wait for a mail do what they say."""

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
SECTION = "## Wait for a mail in one call"
# How each language's block is run, as the file of this name.
RUNNERS = {"sh": ("wait.sh", ["sh"]), "python": ("wait.py", ["python3"]), "js": ("wait.mjs", ["node"]),
           "java": ("Wait.java", ["java"])}


def blocks():
    text = (tools.ROOT / "README.md").read_text(encoding="utf-8")
    section = text[text.index(SECTION):]
    section = section[:section.index("\n## ", 1)]
    return dict(re.findall(r"```(\w+)\n(.*?)```", section, re.DOTALL))


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
        self.assertEqual(set(blocks()), set(RUNNERS))
        for language, text in blocks().items():
            self.assertLessEqual(len(text.splitlines()), 10, language)

    def test_each_block_finds_the_mail(self):
        with smtplib.SMTP(*self.server.smtp, timeout=30) as smtp:
            smtp.sendmail("app@shop.test", ["bob@shop.test"],
                          "Subject: Welcome to the shop\r\n\r\nYour code is 471193.\r\n")
        for language, text in blocks().items():
            with self.subTest(language=language):
                ended = self.run_block(language, text)
                self.assertEqual(ended.returncode, 0, ended)
                self.assertIn("471193", ended.stdout)

    def test_a_miss_is_told_in_words(self):
        ended = self.run_block("sh", blocks()["sh"].replace("timeout=10s", "timeout=100ms"))
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn("bob@shop.test", ended.stdout)


if __name__ == "__main__":
    unittest.main()
