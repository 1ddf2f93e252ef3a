#include "capture/wire/sasl.hpp"

#include "capture/wire/base64.hpp"
#include "capture/wire/sasl_machine.hpp"
#include "capture/wire/text.hpp"

#include <array>
#include <utility>

namespace mailrig::wire {
namespace {

// Who speaks first. In LOGIN the server does, but clients answer its first question unasked.
enum class opening : std::uint8_t { client, server, server_but_client_may };

struct mechanism_row {
  std::string_view name;
  opening first;
  std::unique_ptr<sasl_machine> (*make)(const sasl_terms&);
};

// In the order of the enumeration.
constexpr std::array<mechanism_row, sasl_mechanism_count> mechanisms = {{
    {"PLAIN", opening::client, make_plain},
    {"LOGIN", opening::server_but_client_may, make_login},
    {"CRAM-MD5", opening::server, make_cram_md5},
    {"SCRAM-SHA-1", opening::client, make_scram_sha_1},
    {"SCRAM-SHA-256", opening::client, make_scram_sha_256},
    {"XOAUTH2", opening::client, make_xoauth2},
    {"OAUTHBEARER", opening::client, make_oauthbearer},
    {"EXTERNAL", opening::client, make_external},
    {"ANONYMOUS", opening::client, make_anonymous},
}};

const mechanism_row& row_of(sasl_mechanism value) {
  return mechanisms[static_cast<std::size_t>(value)];
}

// Machines know neither their own name nor base64.
sasl_outcome completed(sasl_outcome outcome, sasl_mechanism mechanism) {
  if (auto* challenge = std::get_if<sasl_challenge>(&outcome))
    challenge->text = encode_base64(challenge->text);
  if (auto* done = std::get_if<sasl_done>(&outcome)) done->who.mechanism = to_string(mechanism);
  if (auto* failed = std::get_if<sasl_failure>(&outcome))
    failed->who.mechanism = to_string(mechanism);
  return outcome;
}

}  // namespace

std::string_view to_string(sasl_mechanism value) {
  return row_of(value).name;
}

std::optional<sasl_mechanism> find_sasl_mechanism(std::string_view name) {
  for (std::size_t i = 0; i < mechanisms.size(); ++i) {
    if (equals_ignoring_case(mechanisms[i].name, name)) return static_cast<sasl_mechanism>(i);
  }
  return std::nullopt;
}

std::string to_string(sasl_mechanism_set set) {
  std::string names;
  for (std::size_t i = 0; i < mechanisms.size(); ++i) {
    if (!set.contains(static_cast<sasl_mechanism>(i))) continue;
    if (!names.empty()) names += ' ';
    names += mechanisms[i].name;
  }
  return names;
}

sasl_mechanism_set usable(sasl_mechanism_set wanted, const credentials& users,
                          bool has_certificate) {
  if (users.accept_anything()) {
    wanted.erase(sasl_mechanism::scram_sha_1);
    wanted.erase(sasl_mechanism::scram_sha_256);
  } else {
    wanted.erase(sasl_mechanism::anonymous);
  }
  if (!has_certificate) wanted.erase(sasl_mechanism::external);
  return wanted;
}

sasl_exchange::sasl_exchange(sasl_mechanism mechanism, const sasl_terms& terms)
    : mechanism_(mechanism), machine_(row_of(mechanism).make(terms)) {}

sasl_exchange::~sasl_exchange() = default;

sasl_outcome sasl_exchange::start(std::optional<std::string_view> initial_response) {
  if (!initial_response) return completed(sasl_challenge{machine_->open()}, mechanism_);
  if (row_of(mechanism_).first == opening::server) {
    return completed(sasl_failure{sasl_failure::reason::unexpected_initial_response,
                                  "in this mechanism the server speaks first",
                                  {}},
                     mechanism_);
  }
  return respond(*initial_response == "=" ? std::string_view{} : *initial_response);
}

sasl_outcome sasl_exchange::step(std::string_view line) {
  if (line == "*") {
    return completed(
        sasl_failure{sasl_failure::reason::cancelled, "the client cancelled the exchange", {}},
        mechanism_);
  }
  return respond(line);
}

sasl_outcome sasl_exchange::respond(std::string_view encoded) {
  const auto decoded = decode_base64(encoded);
  if (const auto* error = std::get_if<base64_error>(&decoded)) {
    return completed(sasl_failure{sasl_failure::reason::not_base64, error->what, {}}, mechanism_);
  }
  return completed(machine_->step(std::get<std::string>(decoded)), mechanism_);
}

sasl_failure malformed(std::string detail, model::authentication who) {
  return {sasl_failure::reason::malformed, std::move(detail), std::move(who)};
}

sasl_failure refused(std::string detail, model::authentication who) {
  return {sasl_failure::reason::refused, std::move(detail), std::move(who)};
}

}  // namespace mailrig::wire
