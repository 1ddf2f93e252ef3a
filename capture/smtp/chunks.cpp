// The chunks of BDAT in a session (RFC 3030 2).
#include "capture/smtp/session.hpp"

#include <algorithm>

namespace mailrig::smtp {

std::size_t session::feed_chunk(std::string_view octets) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_.left, octets.size()));
  if (chunk_.is_kept)
    transaction_->take_chunk(octets.substr(0, size), around_.rules.max_message_size);
  chunk_.left -= size;
  if (chunk_.left == 0) end_chunk();
  return size;
}

// RFC 3030 2: a chunk that fails makes its transaction fail, unless the transaction was not ready
// for any.
void session::end_chunk() {
  around_.recorder.body_received(chunk_.size);
  const model::reply reply{chunk_.reply.code, chunk_.reply.enhanced, chunk_.text};
  if (!chunk_.is_kept) {
    enter(chunk_.before);
    if (transaction_ && transaction_->accepted_recipients() > 0) return end_body(reply);
    return refuse(reply);
  }
  if (chunk_.is_last) transaction_->end_chunks();
  if (chunk_.is_last || transaction_->is_too_big() || transaction_->ran_out_of_memory())
    return conclude_body();
  enter(state::chunks);
  answer(reply);
}

}  // namespace mailrig::smtp
