// The mails that are sent: a pool of bodies made before the clock starts, and a header whose
// fixed-width fields are overwritten per mail. Owned by main, shared by all connections, read-only.
// Must never allocate or format while the load runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::bench {

// One body: the octets for the wire (dot-stuffed, RFC 5321 4.5.2, and closed by the final dot line)
// and how many octets a server stores of it.
struct body {
  std::string wire;
  std::size_t stored_octets;
};

// A header section, blank line included. Each connection stamps a copy of its own.
class mail_header {
 public:
  // `run` stands in every Message-ID and Subject, so that two runs never send the same mail.
  explicit mail_header(std::uint64_t run);

  // Overwrites recipient, Message-ID and Subject: every mail of a run differs from every other.
  void stamp(std::uint32_t serial);
  std::string_view text() const { return text_; }

 private:
  void add_serial_field();

  std::string text_;
  std::vector<std::size_t> serial_fields_;
  std::size_t recipient_field_ = 0;
};

class mail_corpus {
 public:
  // body_octets: size of each body as stored, at least 3. The same seed makes the same bodies.
  mail_corpus(std::size_t body_octets, std::uint64_t seed);

  const mail_header& header() const { return header_; }
  const body& body_for(std::uint32_t serial) const { return bodies_[serial % bodies_.size()]; }
  std::string_view mail_command() const { return mail_command_; }
  std::string_view rcpt_command(std::uint32_t serial) const;

 private:
  mail_header header_;
  std::vector<body> bodies_;
  std::vector<std::string> rcpt_commands_;
  std::string mail_command_;
};

}  // namespace mailrig::bench
