// The M: lines of a dialogue: what is kept once it was said.
//
//   M: messages 2                       so many are stored
//   M: message 1 KEY=VALUE …            the n-th, oldest first
//   M: attempts 1                       so many were refused or aborted
//   M: attempt 1 KEY=VALUE …            the n-th of these
//   M: session 1 KEY=VALUE …            the n-th connection
//   M: mailbox alice@a.test KEY=VALUE … a mailbox of the rig
//   M: hits 2                           so often rules have acted
//   M: hit 1 KEY=VALUE …                the n-th time
//   M: evicted 3   M: announced 2       messages that made room; messages whose reply was written
//
// Keys of messages and attempts: id, mail_from, parameters, rcpt (several with commas),
// rcpt_parameters, rcpt_codes, text (the octets), octets (received), size (kept), bare_lf,
// longest_line, lints (names, with commas), stage, outcome, reply ("250 2.0.0 Ok*"). Keys of
// sessions: ended_by (or open), helo, client, auth ("PLAIN:user", "PLAIN:user:on whose behalf",
// none), notes (names, with commas), attempts (their number), tls (its version, or empty), sni,
// transcript, protocol.
// Keys of hits: rule, stage, decision (texts, with
// commas), written, read (octets), ended (how it ended, or pending).
// Keys of mailboxes: visible, deleted (numbers of entries), sessions (that have it open), visits
// ("read deleted,-": of each entry, parted by commas).
//
// A value stands in double quotes if it holds blanks, and knows the escapes of C: lines. Values are
// patterns as in S: lines, but for text, which is compared octet by octet.
#pragma once

#include "tests/dialogues/world.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::dialogue {

// Words that were seen, by the names that patterns give them.
using captured_words = std::map<std::string, std::string, std::less<>>;

// * stands for anything, {name} for one word; a word that is new to `captured` is put there.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text,
                           captured_words& captured);

// Splits at blanks outside double quotes, which are left out; a backslash keeps a quote from
// ending one. Throws script_error.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

// A sentence on what is kept otherwise; nothing if all is as expected. Throws script_error when the
// expectation itself is wrong.
[[nodiscard]] std::optional<std::string> find_difference(std::string_view expectation, world& in,
                                                         captured_words& captured);

}  // namespace mailrig::dialogue
