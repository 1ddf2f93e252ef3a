// The values of facts at a point, read from the event when a rule asks.
//
// Reads only; nothing is kept. A fact that is absent has no value: then only `exists: false` holds.
#pragma once

#include "capture/model/clock.hpp"
#include "faults/event.hpp"
#include "faults/fact.hpp"
#include "faults/keys.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailrig::faults {

// Of the open transaction, or the one that MAIL gives; nothing outside one.
[[nodiscard]] std::optional<std::string_view> reverse_path_of(const event& facts);
// The forward-path in question; where the recipients are a set, the first of them.
[[nodiscard]] std::string_view recipient_of(const event& facts);
// Whether `path` is one forward-path.
[[nodiscard]] bool has_one_recipient(const event& facts);

// Facts with one text, of the kinds text and address.
[[nodiscard]] bool has_several_texts(fact id);
[[nodiscard]] std::optional<std::string_view> text_of(fact id, const event& facts);

// Facts with any number of texts: `visit` is asked for each until it answers true. They are
// rcpt.any, rcpt.all, attachment.any.* and everything from the header.
class text_visitor {
 public:
  virtual bool visit(std::string_view text) = 0;

 protected:
  ~text_visitor() = default;
};
void visit_texts(const fact_name& what, const event& facts, text_visitor& visitor);

// Of the kinds number, time (in milliseconds) and flag (0 or 1).
[[nodiscard]] std::optional<std::int64_t> number_of(fact id, const event& facts,
                                                    model::instant now);

[[nodiscard]] bool has_value(const fact_name& what, const event& facts, model::instant now);
// For the hit log and explanations; "(absent)" if there is no value.
[[nodiscard]] std::string shown_value(const fact_name& what, const event& facts,
                                      model::instant now);

// Appends the parts' values, in lower case. False: one of them is absent, which stands as empty.
bool append_key(std::string& out, const key_parts& parts, const event& facts);

}  // namespace mailrig::faults
