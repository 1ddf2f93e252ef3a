// The certificates that rules ask for by name (faults.md 6.3 D), made by the test CA.
#include "capture/net/tls_authority.hpp"

#include <algorithm>
#include <array>

namespace mailrig::net {
namespace {

using description = certificate_description;
using std::chrono::days;

enum class signer { intermediate, root, itself, stranger };

struct recipe {
  std::string_view name;
  void (*change)(description& usual);
  signer by = signer::intermediate;
  bool sends_chain = true;
};

void change_nothing(description&) {}

// "*.example.test" for "mail.example.test", "*.localhost" for "localhost".
std::string wildcard_for(const std::string& name) {
  const std::size_t dot = name.find('.');
  return dot == std::string::npos ? "*." + name : "*" + name.substr(dot);
}

bool is_dns_name(const std::string& name) {
  const bool is_number = std::all_of(name.begin(), name.end(), [](char each) {
    return each == '.' || (each >= '0' && each <= '9');
  });
  return !is_number && name.find(':') == std::string::npos;
}

void use_wildcards(description& usual) {
  std::vector<std::string> names;
  for (const std::string& each : usual.names) {
    if (is_dns_name(each)) names.push_back(wildcard_for(each));
  }
  usual.names = std::move(names);
}

void add_many_names(description& usual) {
  constexpr int many = 1000;
  for (int i = 1; i <= many; ++i) usual.names.push_back("host-" + std::to_string(i) + ".many.test");
}

constexpr std::array<recipe, 13> recipes = {{
    {"expired",
     [](description& usual) {
       usual.not_before -= days{400};
       usual.not_after = usual.not_before + days{365};
     }},
    {"not_yet_valid",
     [](description& usual) {
       usual.not_before += days{365};
       usual.not_after = usual.not_before + days{365};
     }},
    {"self_signed", change_nothing, signer::itself, false},
    {"wrong_host",
     [](description& usual) {
       usual.common_name = "other-host.test";
       usual.names = {"other-host.test"};
     }},
    // RFC 5737: an address for documentation.
    {"wrong_host_ip", [](description& usual) { usual.names = {"192.0.2.1"}; }},
    {"unknown_ca", change_nothing, signer::stranger, false},
    {"missing_intermediate", change_nothing, signer::intermediate, false},
    {"weak_rsa1024", [](description& usual) { usual.key = key_type::rsa_1024; }},
    {"sha1_signed",
     [](description& usual) {
       usual.key = key_type::rsa_2048;
       usual.signed_with = description::digest::sha1;
     }},
    // The intermediate may sign no further CA.
    {"ca_as_leaf", [](description& usual) { usual.use = description::role::server_that_is_a_ca; },
     signer::root, false},
    {"no_san_cn_only",
     [](description& usual) {
       if (!usual.names.empty()) usual.common_name = usual.names.front();
       usual.names.clear();
     }},
    {"wildcard", use_wildcards},
    {"many_sans", add_many_names},
}};

}  // namespace

std::optional<credential> tls_authority::make_faulty(std::string_view name) const {
  const auto* const found = std::find_if(recipes.begin(), recipes.end(),
                                         [name](const recipe& each) { return each.name == name; });
  if (found == recipes.end()) return std::nullopt;
  description wanted{.use = description::role::server,
                     .common_name = "mailrig",
                     .names = names_,
                     .not_before = now_ - days{1},
                     .not_after = now_ + days{365},
                     .key = key_};
  found->change(wanted);
  std::optional<credential> stranger;
  const credential* issuer = nullptr;
  switch (found->by) {
    case signer::intermediate: issuer = &intermediate_; break;
    case signer::root: issuer = &root_; break;
    case signer::itself: break;
    case signer::stranger:
      stranger = make_certificate({.use = description::role::root,
                                   .common_name = "a CA that nobody knows",
                                   .not_before = now_ - days{1},
                                   .not_after = now_ + days{365}},
                                  nullptr);
      issuer = &*stranger;
      break;
  }
  credential made = make_certificate(wanted, issuer);
  if (found->sends_chain) made.certificate += intermediate_.certificate;
  return made;
}

}  // namespace mailrig::net
