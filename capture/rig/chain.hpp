// Which attempts are tries of one mail: the fingerprint of content, the name of a chain, and the
// tries in order of time.
//
// Plain functions over kept mails. Most clients give every try a new Message-ID and Date, so what
// counts is the rest. Never called on the way of a mail.
#pragma once

#include "capture/model/mail_record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mailrig::rig {

// The name of the chain that a mail's reverse-path and whole content make, 32 hexadecimal digits.
// Empty: it was made by mailrig, broke off, or was refused before its content came.
[[nodiscard]] std::string content_chain_of(const model::mail_record& mail);

// False: it broke off, or was refused before its content came.
[[nodiscard]] bool has_content(const model::mail_record& mail);

// Names the chains of mails, also of those without content: they belong to the mail of the same
// envelope that came last before them, or else to the next one.
class chain_finder {
 public:
  chain_finder() = default;
  // `around` in any order: the mails among which those without content may find theirs.
  explicit chain_finder(std::vector<model::mail_ref> around) : around_(std::move(around)) {}

  // Empty: it is in no chain.
  [[nodiscard]] std::string chain_of(const model::mail_record& mail) const;

 private:
  std::vector<model::mail_ref> around_;
};

enum class chained_by : std::uint8_t { content, message_id, envelope };

// One attempt as it concerns one recipient.
struct try_of_mail {
  model::mail_ref mail;
  std::uint16_t code = 0;    // its last reply to the recipient, or to the whole mail; 0: none
  bool is_accepted = false;  // stored, with this recipient
  bool is_joined_by_envelope = false;  // it was refused before its content came
};

// All tries to bring one mail to one recipient, the first first.
struct chain {
  std::string key;  // the fingerprint, the Message-ID or ""
  std::string reverse_path;
  std::string rcpt;
  std::vector<try_of_mail> tries;
};

class chains {
 public:
  explicit chains(chained_by by = chained_by::content) : by_(by) {}

  // `mails` in any order; what mailrig generated is left out. Fingerprints are kept for the next
  // call.
  [[nodiscard]] std::vector<chain> of(std::vector<model::mail_ref> mails);

 private:
  [[nodiscard]] const std::string& key_of(const model::mail_record& mail);

  chained_by by_;
  std::unordered_map<std::string, std::string> keys_;  // by the attempt's id
};

}  // namespace mailrig::rig
