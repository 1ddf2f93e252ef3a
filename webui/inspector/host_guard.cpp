#include "webui/inspector/host_guard.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace mailrig::inspector {
namespace {

constexpr auto private_suffixes =
    std::to_array<std::string_view>({".localhost", ".internal", ".test", ".svc.cluster.local"});

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& each : result)
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  return result;
}

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char each) { return each >= '0' && each <= '9'; });
}

struct authority {
  std::string name;  // lower case, without the root's dot; IPv6 without its brackets
  std::string port;
  bool is_ipv6 = false;
};

// RFC 3986 3.2.2 without userinfo; a port may be empty.
std::optional<authority> parse_authority(std::string_view text) {
  authority result;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    result.name = lower(text.substr(1, end - 1));
    result.is_ipv6 = true;
    if (result.name.find_first_not_of("0123456789abcdef:.") != std::string::npos)
      return std::nullopt;
    text.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    result.name = lower(text.substr(0, end));
    if (result.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") !=
        std::string::npos)
      return std::nullopt;
    if (result.name.size() > 1 && result.name.ends_with('.')) result.name.pop_back();
    text.remove_prefix(end);
  }
  if (text.starts_with(':')) result.port = text.substr(1);
  if (!text.empty() && (!text.starts_with(':') || !is_digits(result.port))) return std::nullopt;
  if (result.name.empty()) return std::nullopt;
  return result;
}

bool is_ipv4(std::string_view name) {
  int octets = 0;
  while (true) {
    const std::size_t end = std::min(name.find('.'), name.size());
    const std::string_view digits = name.substr(0, end);
    if (digits.empty() || digits.size() > 3 || !is_digits(digits)) return false;
    if (std::stoi(std::string(digits)) > 255) return false;
    ++octets;
    if (end == name.size()) return octets == 4;
    name.remove_prefix(end + 1);
  }
}

bool is_listed(std::string_view name, const host_policy& policy) {
  return std::any_of(policy.allowed_hosts.begin(), policy.allowed_hosts.end(),
                     [name](const std::string& entry) {
                       const std::string listed = lower(entry);
                       if (listed.starts_with("*."))
                         return name.ends_with(std::string_view(listed).substr(1));
                       return name == listed;
                     });
}

bool passes(const authority& host, const host_policy& policy) {
  if (host.is_ipv6 || is_ipv4(host.name)) return true;
  if (host.name.find('.') == std::string::npos) return true;
  const auto has_suffix = [&host](std::string_view suffix) { return host.name.ends_with(suffix); };
  if (std::any_of(private_suffixes.begin(), private_suffixes.end(), has_suffix)) return true;
  return host.name == lower(policy.machine_name) || is_listed(host.name, policy);
}

// A browser leaves the default port out; which one that is depends on the scheme.
bool is_same_port(std::string_view scheme, std::string_view origin_port, std::string_view port) {
  const std::string_view usual = scheme == "https" ? "443" : "80";
  const auto or_usual = [usual](std::string_view given) { return given.empty() ? usual : given; };
  return or_usual(origin_port) == or_usual(port);
}

}  // namespace

host_verdict judge_host(std::string_view host, const host_policy& policy) {
  const auto parsed = parse_authority(host);
  if (!parsed) return host_verdict::malformed;
  return passes(*parsed, policy) ? host_verdict::passes : host_verdict::foreign;
}

origin_verdict judge_origin(std::string_view origin, std::string_view host,
                            const host_policy& policy) {
  const std::size_t colon = origin.find("://");
  if (colon == std::string_view::npos) return origin_verdict::foreign;
  const std::string scheme = lower(origin.substr(0, colon));
  if (scheme != "http" && scheme != "https") return origin_verdict::foreign;
  const auto from = parse_authority(origin.substr(colon + 3));
  const auto here = parse_authority(host);
  if (!from) return origin_verdict::foreign;
  const std::string whole = lower(origin);
  if (std::any_of(policy.allowed_origins.begin(), policy.allowed_origins.end(),
                  [&whole](const std::string& each) { return lower(each) == whole; }))
    return origin_verdict::listed;
  if (here && from->name == here->name && is_same_port(scheme, from->port, here->port))
    return origin_verdict::own;
  return is_listed(from->name, policy) ? origin_verdict::listed : origin_verdict::foreign;
}

}  // namespace mailrig::inspector
