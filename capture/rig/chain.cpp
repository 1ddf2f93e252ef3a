#include "capture/rig/chain.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace mailrig::rig {
namespace {

char lower(char each) {
  return each >= 'A' && each <= 'Z' ? static_cast<char>(each + ('a' - 'A')) : each;
}

bool begins_with(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::equal(lower_prefix.begin(), lower_prefix.end(), text.begin(),
                    [](char wanted, char given) { return wanted == lower(given); });
}

// FNV-1a, twice with different beginnings: mails are told apart here, nobody is kept from forging.
class digest {
 public:
  void add(std::string_view octets) {
    for (const char each : octets) {
      const auto octet = static_cast<unsigned char>(each);
      first_ = (first_ ^ octet) * prime;
      second_ = (second_ ^ (octet + 0x5BU)) * prime;
    }
  }
  [[nodiscard]] std::string hex() const {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint64_t half : {first_, second_})
      for (unsigned shift = 64; shift > 0; shift -= 4) text += digits[half >> (shift - 4) & 0xFU];
    return text;
  }

 private:
  static constexpr std::uint64_t prime = 0x100000001B3U;
  std::uint64_t first_ = 0xCBF29CE484222325U;
  std::uint64_t second_ = 0x84222325CBF29CE4U;
};

std::string_view without_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
  const std::string_view line = rest.substr(0, end + 1);
  rest.remove_prefix(end + 1);
  return without_end(line);
}

// The value of `boundary=` in a line (RFC 2045 5.1), with where it begins; empty: there is none.
std::string_view boundary_in(std::string_view line) {
  constexpr std::string_view name = "boundary=";
  for (std::size_t at = 0; at + name.size() < line.size(); ++at) {
    if (!begins_with(line.substr(at), name)) continue;
    std::string_view value = line.substr(at + name.size());
    if (value.front() == '"') {
      value.remove_prefix(1);
      return value.substr(0, value.find('"'));
    }
    return value.substr(0, value.find_first_of("; \t"));
  }
  return {};
}

// Names that clients make up for each try.
bool is_made_up(std::string_view field) {
  return begins_with(field, "date:") || begins_with(field, "message-id:") ||
         begins_with(field, "received:");
}

class reader {
 public:
  [[nodiscard]] std::string read(std::string_view mail, std::string_view reverse_path = {}) {
    digest_.add(reverse_path);
    bool is_header = true;
    bool is_left_out = false;
    while (!mail.empty()) {
      const std::string_view line = next_line(mail);
      if (is_header && line.empty()) is_header = false;
      const bool is_continued = !line.empty() && (line[0] == ' ' || line[0] == '\t');
      if (!is_continued) is_left_out = is_header && is_made_up(line);
      if (!is_left_out) add(line);
    }
    return digest_.hex();
  }

 private:
  void add(std::string_view line) {
    if (line.starts_with("--") && is_delimiter(line.substr(2))) return digest_.add("--\n");
    const std::string_view boundary = boundary_in(line);
    if (boundary.empty()) {
      digest_.add(line);
    } else {
      if (boundaries_.size() < most_boundaries) boundaries_.push_back(boundary);
      const auto begin = static_cast<std::size_t>(boundary.data() - line.data());
      digest_.add(line.substr(0, begin));
      digest_.add(line.substr(begin + boundary.size()));
    }
    digest_.add("\n");
  }
  [[nodiscard]] bool is_delimiter(std::string_view text) const {
    return std::any_of(boundaries_.begin(), boundaries_.end(), [text](std::string_view each) {
      return text == each || (text.starts_with(each) && text.substr(each.size()) == "--");
    });
  }

  static constexpr std::size_t most_boundaries = 50;
  digest digest_;
  std::vector<std::string_view> boundaries_;
};

std::string message_id_of(std::string_view mail) {
  while (!mail.empty()) {
    const std::string_view line = next_line(mail);
    if (line.empty()) break;
    if (!begins_with(line, "message-id:")) continue;
    const std::size_t begin = line.find('<');
    return std::string(begin == std::string_view::npos ? line : line.substr(begin));
  }
  return {};
}

std::uint16_t code_for(const model::mail_record& mail, std::uint16_t rcpt_code) {
  const bool is_refused = rcpt_code >= 300 || rcpt_code == 0;
  return is_refused && rcpt_code != 0 ? rcpt_code : mail.facts().reply_code;
}

bool is_same_address(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

// The same reverse-path and at least one recipient in common.
bool is_of_one_envelope(const model::mail_record& left, const model::mail_record& right) {
  if (left.reverse_path() != right.reverse_path()) return false;
  bool is_common = false;
  left.for_each_address([&](std::string_view one) {
    right.for_each_address(
        [&](std::string_view other) { is_common = is_common || is_same_address(one, other); });
  });
  return is_common;
}

}  // namespace

std::string fingerprint_of(std::string_view mail) {
  return mail.empty() ? std::string() : reader().read(mail);
}

// What broke off in the middle has another content than the whole: the envelope joins it.
bool has_content(const model::mail_record& mail) {
  return mail.facts().result != model::outcome::aborted && !mail.bytes().empty();
}

std::string content_chain_of(const model::mail_record& mail) {
  const model::attempt_facts& facts = mail.facts();
  if (!has_content(mail) || facts.source == model::origin::generated) return {};
  return reader().read(mail.bytes(), mail.reverse_path());
}

std::string chain_finder::chain_of(const model::mail_record& mail) const {
  if (has_content(mail)) return content_chain_of(mail);
  const model::mail_record* before = nullptr;
  const model::mail_record* behind = nullptr;
  const auto began = mail.facts().started_at;
  for (const model::mail_ref& each : around_) {
    if (!has_content(*each) || !is_of_one_envelope(*each, mail)) continue;
    const auto time = each->facts().started_at;
    if (time <= began && (before == nullptr || time > before->facts().started_at))
      before = each.get();
    if (time > began && (behind == nullptr || time < behind->facts().started_at))
      behind = each.get();
  }
  if (before != nullptr) return content_chain_of(*before);
  return behind != nullptr ? content_chain_of(*behind) : std::string();
}

const std::string& chains::key_of(const model::mail_record& mail) {
  const auto [found, is_new] = keys_.try_emplace(model::to_string(mail.id()));
  if (!is_new) return found->second;
  const bool is_whole = has_content(mail);
  if (is_whole && by_ == chained_by::content) found->second = fingerprint_of(mail.bytes());
  if (is_whole && by_ == chained_by::message_id) found->second = message_id_of(mail.bytes());
  return found->second;
}

std::vector<chain> chains::of(std::vector<model::mail_ref> mails) {
  std::sort(mails.begin(), mails.end(), [](const auto& a, const auto& b) {
    return std::pair(a->facts().started_at, a->id()) < std::pair(b->facts().started_at, b->id());
  });
  std::vector<chain> result;
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> by_key;
  // The tries without content wait for the chain of their envelope; the latest that began before,
  // or else the one that comes next.
  std::map<std::pair<std::string, std::string>, std::size_t> by_envelope;
  for (const model::mail_ref& each : mails) {
    if (each->facts().source == model::origin::generated) continue;
    const std::string& key = key_of(*each);
    const std::string from(each->reverse_path());
    each->for_each_recipient([&](std::string_view address, std::uint16_t code) {
      std::string rcpt(address);
      std::transform(rcpt.begin(), rcpt.end(), rcpt.begin(), lower);
      const auto envelope = std::pair(from, rcpt);
      const auto at_envelope = by_envelope.find(envelope);
      const auto full = std::tuple(key, from, rcpt);
      auto found = by_key.find(full);
      if (found == by_key.end()) {
        const bool has_other = at_envelope != by_envelope.end();
        const bool joins = has_other && (key.empty() || result[at_envelope->second].key.empty());
        const std::size_t position = joins ? at_envelope->second : result.size();
        if (!joins) result.push_back({key, from, rcpt, {}});
        if (result[position].key.empty()) result[position].key = key;
        found = by_key.emplace(full, position).first;
      }
      // A new mail to the same recipient: what has no content belongs to it from now on.
      const std::size_t position =
          key.empty() && at_envelope != by_envelope.end() ? at_envelope->second : found->second;
      by_envelope[envelope] = position;
      const bool is_in = each->is_message() && code >= 200 && code < 300;
      result[position].tries.push_back({each, code_for(*each, code), is_in, key.empty()});
    });
  }
  return result;
}

}  // namespace mailrig::rig
