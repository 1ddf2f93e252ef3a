// What holds for every reply of every session, whatever was said to it.
#pragma once

#include "capture/rig/transcript_ring.hpp"
#include "tests/dialogues/script.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mailrig::dialogue {

enum class wording { ours, of_a_fault, of_rules };

// A sentence on the first ill-formed line of what a server wrote (RFC 5321 4.2: code, separator,
// text, CRLF, at most 512 octets, one code a reply); nothing if all are well. Enhanced codes must
// fit their codes (RFC 3463 2).
[[nodiscard]] std::optional<std::string> find_malformed_line(std::string_view output);

// The same for what the transcript says: it must hold all that was written, and every reply of ours
// bears an enhanced code but the banner, 354 and the answers to HELO and EHLO (RFC 2034 3).
[[nodiscard]] std::optional<std::string> find_fault_of_transcript(const rig::transcript& said,
                                                                  std::string_view output,
                                                                  wording whose);

// The same for POP3 (RFC 1939 3): each reply begins with +OK or -ERR, or + in AUTH, +OK to a
// command that lists or fetches is followed by lines and a final dot, no reply is longer than 512
// octets; and the transcript holds all of it but mails and long listings.
[[nodiscard]] std::optional<std::string> find_fault_of_pop3(const rig::transcript& said,
                                                            std::string_view output);

// Throws script_error on what these find.
void check_output(protocol spoken, const rig::transcript& said, std::string_view output,
                  wording whose);

}  // namespace mailrig::dialogue
