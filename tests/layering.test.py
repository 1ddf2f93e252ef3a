#!/usr/bin/env python3
"""The layering test itself: a tree with one broken arrow each, which it must name by file and line."""

import importlib.util
import pathlib
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SPEC = importlib.util.spec_from_file_location("layering", HERE / "layering.py")
layering = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(layering)


class Layering(unittest.TestCase):
    def check(self, path, *lines, beside=()):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in [(path, "\n".join(lines)), *((name, "") for name in beside)]:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return layering.check(root)[1]

    def assert_fault(self, faults, place, words):
        self.assertEqual(len(faults), 1, faults)
        self.assertTrue(faults[0].startswith(place), faults[0])
        self.assertIn(words, faults[0])

    def test_an_arrow_of_the_design_is_allowed(self):
        self.assertEqual(self.check("capture/smtp/session.cpp", '#include "capture/wire/lines.hpp"'), [])

    def test_smtp_does_not_know_pop3(self):
        faults = self.check("capture/smtp/session.cpp", "// one", '  #  include "capture/pop3/session.hpp"')
        self.assert_fault(faults, "capture/smtp/session.cpp:2:", "smtp -> pop3")

    def test_sessions_do_not_know_the_store(self):
        faults = self.check("capture/smtp/session.hpp", '#include "capture/store/store.hpp"')
        self.assert_fault(faults, "capture/smtp/session.hpp:1:", "smtp -> store")

    def test_the_interface_of_the_store_is_open_to_delivery_and_its_memory_is_not(self):
        self.assertEqual(self.check("capture/delivery/office.cpp", '#include "capture/store/store.hpp"'), [])
        faults = self.check("capture/delivery/office.cpp", '#include "capture/store/memory_store.hpp"')
        self.assert_fault(faults, "capture/delivery/office.cpp:1:", "delivery -> memory_store")

    def test_asio_stays_in_net_and_inspector(self):
        self.assertEqual(self.check("capture/net/driver.cpp", "#include <boost/asio/spawn.hpp>"), [])
        faults = self.check("capture/wire/lines.hpp", "#include <boost/asio.hpp>")
        self.assert_fault(faults, "capture/wire/lines.hpp:1:", "may not know Asio")

    def test_openssl_is_allowed_in_the_one_digest_file(self):
        self.assertEqual(self.check("capture/mime/digest.cpp", "#include <openssl/evp.h>"), [])
        faults = self.check("capture/mime/parts.cpp", "#include <openssl/evp.h>")
        self.assert_fault(faults, "capture/mime/parts.cpp:1:", "may not know OpenSSL")

    def test_gnu_sasl_stays_in_wire(self):
        self.assertEqual(self.check("capture/wire/scram_keys.cpp", "#include <gsasl.h>"), [])
        faults = self.check("capture/smtp/auth.cpp", "#include <gsasl.h>")
        self.assert_fault(faults, "capture/smtp/auth.cpp:1:", "may not know GNU SASL")

    def test_protocol_code_knows_no_thread_and_no_socket(self):
        self.assert_fault(self.check("faults/engine.cpp", "#include <mutex>"), "faults/engine.cpp:1:", "threads")
        faults = self.check("capture/smtp/session.cpp", "#include <sys/socket.h>")
        self.assert_fault(faults, "capture/smtp/session.cpp:1:", "sockets")

    def test_an_include_from_the_own_folder_is_refused(self):
        faults = self.check("capture/wire/lines.cpp", '#include "lines.hpp"', beside=["capture/wire/lines.hpp"])
        self.assert_fault(faults, "capture/wire/lines.cpp:1:", "repository's root")

    def test_a_folder_without_a_part_is_refused(self):
        self.assert_fault(self.check("capture/extra/thing.cpp", ""), "capture/extra/thing.cpp:1:", "no part")


if __name__ == "__main__":
    unittest.main()
