#include "capture/rig/chain.hpp"

#include "capture/mime/fingerprint.hpp"
#include "faults/mail_header.hpp"
#include "faults/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace mailrig::rig {
namespace {

std::string message_id_of(std::string_view mail) {
  for (faults::header_fields fields(mail); fields.next();) {
    if (!faults::equals_folded(fields.name(), "message-id")) continue;
    const std::string_view value = fields.value();
    const std::size_t begin = value.find('<');
    return std::string(begin == std::string_view::npos ? value : value.substr(begin));
  }
  return {};
}

std::uint16_t code_for(const model::mail_record& mail, std::uint16_t rcpt_code) {
  const bool is_refused = rcpt_code >= 300 || rcpt_code == 0;
  return is_refused && rcpt_code != 0 ? rcpt_code : mail.reply_code();
}

// The same reverse-path and at least one recipient in common.
bool is_of_one_envelope(const model::mail_record& left, const model::mail_record& right) {
  if (left.reverse_path() != right.reverse_path()) return false;
  bool is_common = false;
  left.for_each_address([&](std::string_view one) {
    right.for_each_address([&](std::string_view other) {
      is_common = is_common || faults::equals_folded(one, other);
    });
  });
  return is_common;
}

}  // namespace

// What broke off in the middle has another content than the whole: the envelope joins it.
bool has_content(const model::mail_record& mail) {
  return mail.facts().result != model::outcome::aborted && !mail.bytes().empty();
}

std::string content_chain_of(const model::mail_record& mail) {
  const model::attempt_facts& facts = mail.facts();
  if (!has_content(mail) || facts.source == model::origin::generated) return {};
  return mime::fingerprint_of(mail.bytes(), mail.reverse_path());
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
  if (is_whole && by_ == chained_by::content) found->second = mime::fingerprint_of(mail.bytes());
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
      const std::string rcpt = faults::folded(address);
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
