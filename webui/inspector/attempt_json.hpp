// The JSON of an attempt: one mail transaction, whatever became of it. Shape in docs/api.md.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/rig/mail_reader.hpp"
#include "capture/rig/rig.hpp"

#include <string>

namespace mailrig::inspector {

// `where` is its rig.
[[nodiscard]] std::string make_attempt(const model::mail_record& mail,
                                       const rig::mail_summary& summary, const rig::rig& where);

}  // namespace mailrig::inspector
