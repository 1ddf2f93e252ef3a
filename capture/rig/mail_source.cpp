#include "capture/rig/mail_source.hpp"

#include "capture/mime/bodies.hpp"
#include "capture/mime/codes.hpp"
#include "capture/mime/html_scanner.hpp"
#include "capture/mime/links.hpp"

#include <algorithm>
#include <utility>

namespace mailrig::rig {
namespace {

// As mime::read() gives it: every CRLF as LF.
std::string with_lf(std::string_view octets) {
  std::string text;
  text.reserve(octets.size());
  for (std::size_t at = 0; at < octets.size(); ++at) {
    if (octets[at] == '\r' && at + 1 < octets.size() && octets[at + 1] == '\n') continue;
    text += octets[at] == '\r' ? '\n' : octets[at];
  }
  return text;
}

body_ref keep_body(const mime::message_view& read, const model::id& mail, text_cache& cache) {
  decoded_body made{read.text, mime::text_of_html(read.html)};
  made.words.shrink_to_fit();
  auto kept = std::make_shared<const decoded_body>(std::move(made));
  cache.keep(mail, kept);
  return kept;
}

}  // namespace

const mime::plain_mail* mail_source::plain() {
  if (!was_looked_at_) plain_ = mime::as_plain_mail(mail_.bytes());
  was_looked_at_ = true;
  return plain_ ? &*plain_ : nullptr;
}

// Reading shows the body too, which a search may want next.
const mime::message_view& mail_source::view() {
  if (view_) return *view_;
  view_ = mime::read(mail_.bytes(), mime::measuring::left_out);
  if (!body_) body_ = cache_.find(mail_.id());
  if (!body_) body_ = keep_body(*view_, mail_.id(), cache_);
  return *view_;
}

std::string_view mail_source::facts(fact_limits limits) {
  const auto pack = [this](fact_limits which) {
    return plain() != nullptr ? pack_facts(mime::read_known_fields(mail_.bytes()), which)
                              : pack_facts(view(), which);
  };
  if (limits == fact_limits::kept) {
    if (!kept_facts_) kept_facts_ = std::make_shared<const std::string>(pack(limits));
    return *kept_facts_;
  }
  if (all_facts_.empty()) all_facts_ = pack(limits);
  return all_facts_;
}

std::vector<std::string> mail_source::header(std::string_view name) const {
  return mime::header_values(mail_.bytes(), name);
}

const decoded_body& mail_source::body() {
  if (body_) return *body_;
  if (plain() != nullptr) {
    body_ = std::make_shared<const decoded_body>(decoded_body{with_lf(plain_->body), {}});
    return *body_;
  }
  body_ = cache_.find(mail_.id());
  if (!body_)
    body_ = keep_body(view_ ? *view_ : mime::read_bodies(mail_.bytes()), mail_.id(), cache_);
  return *body_;
}

const std::string& mail_source::html() {
  return view().html;
}

bool mail_source::has_link() {
  return !mime::find_links(view()).empty();
}

bool mail_source::has_code() {
  return !mime::find_codes(view()).empty();
}

}  // namespace mailrig::rig
