// One mail while a search looks at it: reads no more of it than the query asks for, and nothing
// twice.
//
// On the pool's thread, for as long as one mail is judged. The mail outlives it.
#pragma once

#include "capture/mime/message_view.hpp"
#include "capture/mime/plain_mail.hpp"
#include "capture/model/mail_record.hpp"
#include "capture/rig/mail_facts.hpp"
#include "capture/rig/text_cache.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailrig::rig {

class mail_source {
 public:
  mail_source(const model::mail_record& mail, text_cache& cache) : mail_(mail), cache_(cache) {}

  // Null if the mail must be decoded.
  [[nodiscard]] const mime::plain_mail* plain();
  // Packed facts, to be kept, or of all there is.
  [[nodiscard]] std::string_view facts(fact_limits limits);
  // What facts(kept) made, if it was asked.
  [[nodiscard]] const std::shared_ptr<const std::string>& made_facts() const { return kept_facts_; }
  [[nodiscard]] std::vector<std::string> header(std::string_view name) const;
  [[nodiscard]] const decoded_body& body();
  [[nodiscard]] const std::string& html();
  [[nodiscard]] bool has_link();
  [[nodiscard]] bool has_code();

 private:
  const mime::message_view& view();

  const model::mail_record& mail_;
  text_cache& cache_;
  bool was_looked_at_ = false;
  std::optional<mime::plain_mail> plain_;
  std::optional<mime::message_view> view_;
  body_ref body_;
  std::shared_ptr<const std::string> kept_facts_;
  std::string all_facts_;
};

}  // namespace mailrig::rig
