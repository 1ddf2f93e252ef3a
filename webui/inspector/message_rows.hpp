// Rows of a list of messages: those that are ready are joined, the others are made on the pool and
// kept.
#pragma once

#include "capture/rig/mail_search.hpp"
#include "capture/rig/rig.hpp"
#include "webui/inspector/answer.hpp"
#include "webui/inspector/context.hpp"
#include "webui/inspector/paging.hpp"

#include <vector>

namespace mailrig::inspector {

struct message_page {
  std::vector<rig::search_hit> items;  // newest first
  list_tail tail;
};

// `where` outlives the answer.
void answer_page(message_page listed, rig::rig& where, context& with, answer_callback done);

}  // namespace mailrig::inspector
