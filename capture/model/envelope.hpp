// The envelope of one mail transaction: what MAIL and RCPT gave, never what the headers say.
#pragma once

#include "capture/model/reply.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mailrig::model {

// A forward-path and what the server answered to its RCPT.
struct recipient {
  std::string address;     // as given, without the angle brackets
  std::string parameters;  // "NOTIFY=NEVER ORCPT=rfc822;a@b", as given
  std::uint16_t code = 0;
  enhanced_code enhanced;
  std::string text;  // of the reply

  [[nodiscard]] bool is_accepted() const { return code >= 200 && code < 300; }
  friend bool operator==(const recipient&, const recipient&) = default;
};

struct envelope {
  std::string reverse_path;           // empty for <> (RFC 5321 4.5.5)
  std::string parameters;             // "SIZE=1234 BODY=8BITMIME", as given
  std::vector<recipient> recipients;  // in the order of their RCPT, refused ones included

  friend bool operator==(const envelope&, const envelope&) = default;
};

}  // namespace mailrig::model
