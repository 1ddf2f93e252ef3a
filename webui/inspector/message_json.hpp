// The JSON of messages: list rows, whole messages, headers. Shapes in docs/api.md.
#pragma once

#include "capture/mime/message_view.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/model/mailbox.hpp"
#include "capture/rig/mail_reader.hpp"
#include "capture/store/store.hpp"
#include "webui/inspector/acted_rules.hpp"
#include "webui/inspector/connection_facts.hpp"
#include "webui/inspector/json_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mailrig::inspector {

// An entry of a mailbox that holds the message.
struct held_entry {
  std::string mailbox;  // its recipient's address
  model::mailbox_entry listed;
  bool is_altered = false;  // its reader gets other octets than were received
};

struct stored_message {
  const model::mail_record& mail;
  store::message_uid uid;
  std::string_view rig;
  model::instant rig_time;  // when it came, by the rig's clock
  const store::message_marks* marks = nullptr;
  connection_facts connection{};
  const model::mail_fates* fates = nullptr;
  std::vector<held_entry> entries{};
  std::vector<acted_rule> faults{};
};

// As make_row() wants it.
[[nodiscard]] stored_message row_of(const model::mail_record& mail, store::message_uid uid,
                                    const rig::rig& where);

// The part of a row that never changes, its object still open. Names at most ten recipients and
// addresses each, so that a row stays near 1 KiB.
[[nodiscard]] std::string make_row(const stored_message& message, const rig::mail_summary& summary);

// The whole row of a message that has one: what readers and rules have made of it since included.
void finish_row(json_writer& into, const store::entry& stored);

// `url` is the message's own, "/v1/messages/{id}"; those of its parts begin with it.
[[nodiscard]] std::string make_message(const stored_message& message, const rig::mail_view& view,
                                       std::string_view url);

[[nodiscard]] std::string make_headers(const mime::message_view& view);

}  // namespace mailrig::inspector
