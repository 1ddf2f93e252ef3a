// What POST /v1/verify is asked: claims as values, each with its words and its evidence.
//
// Read once from the body; judged again and again while the rig changes. I/O thread only.
#pragma once

#include "capture/rig/chain.hpp"
#include "capture/rig/query.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailrig::inspector {

// How many there must be; what is not given does not matter.
struct wanted_count {
  std::optional<std::uint64_t> least, most, other_than;

  [[nodiscard]] bool holds(std::uint64_t count) const {
    return (!least || count >= *least) && (!most || count <= *most) &&
           (!other_than || count != *other_than);
  }
  // More may come that breaks it.
  [[nodiscard]] bool has_bound() const { return most || other_than; }
  // "exactly 3", "at least 1".
  [[nodiscard]] std::string text() const;
};

struct hits_claim {
  std::string rule;
  wanted_count hits;
};
struct mails_claim {
  enum class kind : std::uint8_t { messages, attempts, mailbox } what = kind::messages;
  std::string mailbox;  // of a mailbox
  std::string query;    // as it was given
  rig::query_ref wanted;
  wanted_count count;
};
struct duplicates_claim {
  std::string rcpt;  // in lower case; empty: any
  std::uint64_t max_copies = 1;
  rig::chained_by by = rig::chained_by::content;
};
struct retries_claim {
  std::optional<model::duration> min_gap;
  std::optional<double> growth;
  std::optional<std::uint64_t> max_attempts;
  std::vector<std::string> never_after;  // "550", "5xx"
  rig::chained_by by = rig::chained_by::content;
};
using claim = std::variant<hits_claim, mails_claim, duplicates_claim, retries_claim>;

struct claims {
  enum class how : std::uint8_t { all, any } join = how::all;
  std::vector<claim> each;
  model::duration within{0};
};

struct finding {
  bool is_met = false;
  std::string evidence;
};

// The claims, or the 400 that says what is wrong with them.
[[nodiscard]] std::variant<claims, answer> read_claims(const request& asked);
[[nodiscard]] std::string text_of(const claim& what);
// That nothing more comes: it is held until the time is over.
[[nodiscard]] bool is_held(const claim& what);

[[nodiscard]] finding judge(const hits_claim& what, const rig::rig& where);
[[nodiscard]] finding judge(const duplicates_claim& what, const std::vector<rig::chain>& all);
[[nodiscard]] finding judge(const retries_claim& what, const std::vector<rig::chain>& all);

}  // namespace mailrig::inspector
