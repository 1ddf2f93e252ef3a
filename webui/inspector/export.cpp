// GET /v1/export: a zip of a rig's mails, attempts and transcripts, written while it is sent.
//
// What there is at the moment of the call is held by references; pieces are compressed on the pool,
// one at a time, so that an archive of a gigabyte costs no more memory than one piece.
#include "capture/rig/rig_table.hpp"
#include "capture/rig/worker_pool.hpp"
#include "webui/inspector/deflate.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/transcript_text.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

// Of the archive, handed over at once.
constexpr std::size_t piece_size = std::size_t{256} * 1024;

// Where the archive stands. Changed by one thread at a time: the pool's while it writes a piece.
class archive {
 public:
  struct part {
    std::string name;
    model::instant modified;
    model::mail_ref mail;  // or else:
    std::string text;
  };

  explicit archive(const rig::rig& where) {
    messages_ = where.messages().take_snapshot();
    next_message_ = messages_.begin_uid();
    attempts_.assign(where.attempts().begin(), where.attempts().end());
    sessions_.assign(where.sessions().begin(), where.sessions().end());
  }

  // On the I/O thread: the transcripts that the next piece needs, for their ring lies there.
  void prepare(const rig::transcript_ring& ring) {
    std::size_t size = 0;
    while (is_in_sessions() && next_session_ < sessions_.size() && size < piece_size) {
      const rig::session_record& session = *sessions_[next_session_++];
      std::string text = transcript_text(session, ring.read(session.transcript));
      size += text.size();
      prepared_.push_back({"sessions/" + model::to_string(session.id) + ".txt", session.started_at,
                           nullptr, std::move(text)});
    }
  }

  // On the pool: the next octets; none at the end.
  std::string write_piece() {
    while (zip_.waiting() < piece_size && write_some()) {
    }
    return zip_.take_out();
  }

 private:
  [[nodiscard]] bool is_in_sessions() const {
    return !open_.mail && next_message_ >= messages_.end_uid() && next_attempt_ >= attempts_.size();
  }

  // False at the end, or when transcripts must be prepared first.
  bool write_some() {
    if (open_.mail) {
      write_mail();
    } else if (next_message_ < messages_.end_uid()) {
      const store::entry* const entry = messages_.find(next_message_++);
      if (entry != nullptr) begin_mail("messages/", entry->mail);
    } else if (next_attempt_ < attempts_.size()) {
      begin_mail("attempts/", attempts_[next_attempt_++]);
    } else if (!prepared_.empty()) {
      for (const part& each : std::exchange(prepared_, {})) {
        zip_.begin_entry(each.name, each.modified);
        zip_.write(each.text);
        zip_.end_entry();
      }
    } else if (next_session_ == sessions_.size() && !std::exchange(is_finished_, true)) {
      zip_.finish();
    } else {
      return false;
    }
    return true;
  }

  void begin_mail(const char* folder, const model::mail_ref& mail) {
    open_ = {folder + model::to_string(mail->id()) + ".eml", mail->facts().ended_at, mail, {}};
    written_ = 0;
    zip_.begin_entry(open_.name, open_.modified);
  }

  void write_mail() {
    const std::string_view piece = open_.mail->bytes().substr(written_, piece_size);
    zip_.write(piece);
    written_ += piece.size();
    if (written_ < open_.mail->bytes().size()) return;
    zip_.end_entry();
    open_ = {};
  }

  store::snapshot messages_;
  store::message_uid next_message_ = 1;
  std::vector<model::mail_ref> attempts_;
  std::size_t next_attempt_ = 0;
  std::vector<rig::rig::session_ref> sessions_;
  std::size_t next_session_ = 0;
  std::vector<part> prepared_;
  part open_;
  std::size_t written_ = 0;
  bool is_finished_ = false;
  zip_writer zip_;
};

class archive_source final : public body_source {
 public:
  archive_source(const rig::rig& where, rig::worker_pool& pool, const rig::transcript_ring& ring)
      : archive_(std::make_shared<archive>(where)), pool_(pool), ring_(ring) {}

  void next(std::function<void(std::optional<std::string>)> done) override {
    archive_->prepare(ring_);
    auto work = [held = archive_, done]() -> rig::worker_pool::completion {
      auto piece = std::make_shared<std::string>(held->write_piece());
      return [done, piece] { done(std::move(*piece)); };
    };
    if (!pool_.submit(std::move(work))) done(std::nullopt);
  }

 private:
  std::shared_ptr<archive> archive_;
  rig::worker_pool& pool_;
  const rig::transcript_ring& ring_;
};

}  // namespace

void get_export(const request& asked, context& with, answer_callback done) {
  answer result;
  result.content_type = "application/zip";
  result.headers.push_back(
      {"Content-Disposition", "attachment; filename=\"mailrig-" + asked.rig->name() + ".zip\""});
  result.source =
      std::make_shared<archive_source>(*asked.rig, with.pool(), with.rigs().transcripts());
  done(std::move(result));
}

}  // namespace mailrig::inspector
