// The message that a path like /v1/messages/{id}/… means.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/rig/mail_reader.hpp"
#include "capture/store/store.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/connection_facts.hpp"
#include "webui/inspector/context.hpp"
#include "webui/inspector/message_json.hpp"
#include "webui/inspector/request.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailrig::inspector {

struct found_message {
  model::mail_ref mail;
  store::message_uid uid = 0;
  std::shared_ptr<const store::message_marks> marks;
  std::shared_ptr<const model::mail_fates> fates{};
  connection_facts connection{};      // known where the answer is made on the pool
  std::vector<held_entry> entries{};  // likewise
  std::vector<acted_rule> faults{};   // likewise
  model::instant rig_time{};          // likewise
};

// By id, or the newest for `latest`; else the 404.
[[nodiscard]] std::variant<found_message, answer> find_message(const request& asked);

// Like find_message(), and the newest that a query matches for `latest` with a query. `then` is
// called only if there is one, else `done` is given what is wrong.
void with_message(const request& asked, context& with, answer_callback done,
                  std::function<void(found_message, const answer_callback& done)> then);

// What is known of a message beside its mail, gathered for an answer that is made on the pool.
void add_surroundings(found_message& message, rig::rig& where);

// As make_message() wants it; a view into the message.
[[nodiscard]] stored_message described(const found_message& message, std::string_view rig);

// Where a message is: "/v1/messages/{id}", also when it was asked for as `latest`. `base` is the
// request's.
[[nodiscard]] std::string message_url(std::string_view base, const found_message& message);

using view_ref = rig::mail_reader::view_ref;

// Reads the message that is asked for and makes the answer on the pool. `make` must hold no
// reference to the request.
void answer_from_view(const request& asked, context& with, answer_callback done,
                      std::function<answer(const found_message&, const view_ref&)> make);

}  // namespace mailrig::inspector
