// `certificate` and `tls`.
#include "faults/load_action.hpp"

#include <array>

namespace mailrig::faults {

action load_certificate(rule_context&, object_reader& in) {
  std::array<std::string_view, 14> names;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = to_string(static_cast<certificate_name>(i));
  certificate result;
  if (in.require("name", R"({"name": "expired"})") != nullptr)
    result.name = in.choice("name", names, result.name);
  return result;
}

action load_tls(rule_context& context, object_reader& in) {
  constexpr std::array<std::string_view, 4> alerts = {"handshake_failure", "protocol_version",
                                                      "internal_error", "unrecognized_name"};
  constexpr std::array<std::string_view, 4> versions = {"1.0", "1.1", "1.2", "1.3"};
  constexpr std::array<std::string_view, 4> afters = {"garbage", "fin", "reset", "stall"};
  tls result;
  result.alert = optional_choice<tls::alert_kind>(in, "alert", alerts);
  result.min_version = optional_choice<tls_version>(in, "min_version", versions);
  result.max_version = optional_choice<tls_version>(in, "max_version", versions);
  result.ciphers = in.text("ciphers");
  result.after_220 = optional_choice<tls::after>(in, "after_220", afters);
  result.answers_injected = in.flag("answer_injected", false);
  using enum model::stage;
  const bool of_command = result.after_220 || result.answers_injected;
  const bool of_handshake =
      result.alert || result.min_version || result.max_version || !result.ciphers.empty();
  const stage_set commands = {starttls, stls};
  if (of_command && !(context.target.stages - commands).empty())
    context.out.add(in.where(), "`after_220` and `answer_injected` are about the STARTTLS command",
                    "stage `starttls`, in POP3 `stls`");
  if (of_handshake && !(context.target.stages - stage_set{tls_handshake}).empty())
    context.out.add(in.where(), "`alert`, versions and `ciphers` are about the handshake",
                    "stage `tls_handshake`");
  if (!of_command && !of_handshake)
    context.out.add(in.where(), "nothing of TLS changes", R"({"alert": "handshake_failure"})");
  if (result.min_version && result.max_version && *result.max_version < *result.min_version)
    context.out.add(in.where() / "max_version", "`max_version` is below `min_version`",
                    R"({"min_version": "1.2", "max_version": "1.3"})");
  return result;
}

}  // namespace mailrig::faults
