// {placeholders} in the texts of replies.
//
// {ip} {host} {queueid} {epoch} {rcpt} {mail_from} {auth_user} {session} {hits} {seed}; "{{" stands
// for one brace. What a client gave cannot break the line: control characters become '?'.
#pragma once

#include "capture/model/clock.hpp"
#include "faults/event.hpp"
#include "faults/fact.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::faults {

struct placeholder {
  std::string_view name;
  std::optional<fact> needs;  // which must be known for it to stand for something
};
// Every placeholder that stands in a text; one that nobody knows has the name that was written.
[[nodiscard]] std::vector<placeholder> placeholders_in(std::string_view text);
[[nodiscard]] bool is_placeholder(std::string_view name);

struct template_values {
  const event& facts;
  model::instant now;
  std::uint64_t hits;
  std::uint64_t seed;
};
[[nodiscard]] std::string render(std::string_view text, const template_values& values);

}  // namespace mailrig::faults
