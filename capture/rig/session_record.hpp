// One connection of a client, from accept to close, as it is kept. The transcript lies in the
// process-wide ring.
#pragma once

#include "capture/model/authentication.hpp"
#include "capture/model/client_facts.hpp"
#include "capture/model/clock.hpp"
#include "capture/model/closing.hpp"
#include "capture/model/id.hpp"
#include "capture/model/lint.hpp"
#include "capture/model/tls_facts.hpp"
#include "capture/rig/transcript_ring.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailrig::rig {

struct note {
  std::string name;      // "bare_lf"
  std::string detail;    // one English sentence
  std::string clause{};  // "RFC 5321 2.3.8"; empty if none speaks of it
  std::string weight{};  // of a lint: "note", "warning", "error"
  friend bool operator==(const note&, const note&) = default;
};

struct session_login {
  model::authentication who;
  model::instant at;
};

struct session_record {
  model::id id;
  const char* protocol = "smtp";
  std::string peer;  // "127.0.0.1:40123", "[::1]:40123"
  model::instant started_at;
  std::optional<model::instant> ended_at;
  std::optional<model::ended_by> ended_by;
  std::string helo;
  std::shared_ptr<const model::tls_facts> tls;  // null: no TLS
  std::optional<session_login> auth;
  std::vector<std::string> rigs;  // that it is listed in; empty: only in that of its listener
  std::shared_ptr<const model::client_facts>
      client;               // as a proxy or XCLIENT said; null: nobody did
  std::vector<note> notes;  // lints too
  model::lint_set lints;
  std::vector<model::id> attempts;  // at most 100 are named
  std::uint32_t attempt_count = 0;
  std::uint64_t octets_in = 0;
  std::uint64_t octets_out = 0;
  transcript_position transcript;
};

[[nodiscard]] std::string_view to_string(model::ended_by value);

}  // namespace mailrig::rig
