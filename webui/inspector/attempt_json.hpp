// The JSON of an attempt: one mail transaction, whatever became of it. Shape in docs/api.md.
#pragma once

#include "capture/model/mail_record.hpp"

#include <string>
#include <string_view>

namespace mailrig::inspector {

// `subject` is decoded; empty if there is none.
[[nodiscard]] std::string make_attempt(const model::mail_record& mail, std::string_view subject);

}  // namespace mailrig::inspector
