// The chunks of BDAT in a session (RFC 3030 2).
#include "capture/smtp/session.hpp"

#include <algorithm>

namespace mailrig::smtp {

std::size_t session::feed_chunk(std::string_view octets) {
  const std::uint64_t mark = octets_to_mark();
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>({chunk_.left, octets.size(), mark}));
  if (chunk_.is_kept)
    transaction_->take_chunk(octets.substr(0, size), around_.rules.max_message_size);
  chunk_.left -= size;
  body_octets_ += size;
  octets_taken_ += size;
  if (chunk_.left == 0) {
    end_chunk();
  } else if (size == mark) {
    consider({model::stage::bdat});
  }
  return size;
}

// RFC 3030 2: a chunk that fails makes its transaction fail, unless the transaction was not ready
// for any.
void session::end_chunk() {
  around_.recorder.body_received(chunk_.size);
  play_ = std::move(play_behind_chunk_);
  if (early_reply_) return end_answered_chunk();
  const model::reply reply{chunk_.reply.code, chunk_.reply.enhanced, chunk_.text};
  if (!chunk_.is_kept) {
    enter(chunk_.before);
    const bool ends_mail = transaction_ && transaction_->accepted_recipients() > 0;
    ends_mail ? end_body(reply) : refuse(reply);
    return proceed();
  }
  if (chunk_.is_last) transaction_->end_chunks();
  if (chunk_.is_last || transaction_->is_too_big() || transaction_->ran_out_of_memory()) {
    conclude_body();
  } else {
    enter(state::chunks);
    answer(reply);
  }
  proceed();
}

// A rule has said in the midst of the chunk what becomes of it.
void session::end_answered_chunk() {
  if (play_) end_play("done");
  if (chunk_.is_last || !early_reply_->reply.is_positive()) {
    if (chunk_.is_last && chunk_.is_kept) transaction_->end_chunks();
    if (transaction_) return conclude_body();
  }
  early_reply_.reset();
  enter(transaction_ && chunk_.is_kept ? state::chunks : chunk_.before);
}

}  // namespace mailrig::smtp
