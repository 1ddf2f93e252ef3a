// The JSON of messages: list rows, whole messages, headers. Shapes in docs/api.md.
#pragma once

#include "capture/mime/message_view.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/store/store.hpp"
#include "webui/inspector/connection_facts.hpp"
#include "webui/inspector/json_writer.hpp"

#include <string>
#include <string_view>

namespace mailrig::inspector {

struct stored_message {
  const model::mail_record& mail;
  store::message_uid uid;
  std::string_view rig;
  const store::message_marks* marks = nullptr;
  connection_facts connection{};
};

// The part of a row that never changes, its object still open. Names at most ten recipients and
// addresses each, so that a row stays near 1 KiB.
[[nodiscard]] std::string make_row(const stored_message& message, const mime::summary& summary);

// The whole row: `begun` and what readers and rules have made of the message since.
void finish_row(json_writer& into, const std::string& begun, const store::message_marks* marks);

// `url` is the message's own, "/v1/messages/{id}"; those of its parts begin with it.
[[nodiscard]] std::string make_message(const stored_message& message,
                                       const mime::message_view& view, std::string_view url);

[[nodiscard]] std::string make_headers(const mime::message_view& view);

}  // namespace mailrig::inspector
