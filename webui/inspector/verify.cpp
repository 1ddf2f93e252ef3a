#include "webui/inspector/verify.hpp"

#include "capture/rig/rig_facts.hpp"
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/json_writer.hpp"
#include "webui/inspector/query_parameters.hpp"
#include "webui/inspector/verify_claims.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailrig::inspector {
namespace {

constexpr std::chrono::milliseconds between_looks{100};
bool is_in_mailbox(const model::mail_record& mail, const std::string& mailbox) {
  bool is_in = false;
  const auto lower = [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each + ('a' - 'A')) : each;
  };
  mail.for_each_recipient([&](std::string_view address, std::uint16_t code) {
    is_in = is_in || (code >= 200 && code < 300 && address.size() == mailbox.size() &&
                      std::equal(address.begin(), address.end(), mailbox.begin(),
                                 [&](char a, char b) { return lower(a) == lower(b); }));
  });
  return is_in;
}

// One request: looks at all claims in turn, and again while there is time.
class verification : public std::enable_shared_from_this<verification> {
 public:
  verification(std::shared_ptr<rig::rig> where, claims what, context& with, answer_callback done)
      : where_(std::move(where)),
        claims_(std::move(what)),
        with_(with),
        done_(std::move(done)),
        began_(with.rigs().clock().now()) {}

  void look() {
    if (is_gone_) return;
    found_.clear();
    look_at_next();
  }
  void give_up() { is_gone_ = true; }

 private:
  void look_at_next() {
    if (found_.size() == claims_.each.size()) return conclude();
    const claim& next = claims_.each[found_.size()];
    if (const auto* mails = std::get_if<mails_claim>(&next)) return count_mails(*mails);
    if (const auto* hits = std::get_if<hits_claim>(&next)) {
      found_.push_back(judge(*hits, *where_));
    } else if (const auto* duplicates = std::get_if<duplicates_claim>(&next)) {
      found_.push_back(judge(*duplicates, chains_by(duplicates->by)));
    } else if (const auto* retries = std::get_if<retries_claim>(&next)) {
      found_.push_back(judge(*retries, chains_by(retries->by)));
    }
    look_at_next();
  }

  std::vector<rig::chain> chains_by(rig::chained_by by) {
    auto& reader = chains_[static_cast<std::size_t>(by)];
    if (!reader) reader = std::make_unique<rig::chains>(by);
    return reader->of(rig::recent_mails(*where_));
  }

  void count_mails(const mails_claim& what) {
    rig::search_request search = search_over(*where_, what.wanted);
    const bool is_of_attempts = what.what == mails_claim::kind::attempts;
    if (is_of_attempts) search.over = where_->failed_attempts().take_snapshot();
    search.most_hits = search.over.size();
    auto take = [self = shared_from_this(), &what](std::optional<rig::search_result> result) {
      if (self->is_gone_) return;
      if (!result) return self->done_(busy_problem());
      self->found_.push_back(self->judge_mails(what, *result));
      self->look_at_next();
    };
    // The facts of attempts are kept by nobody.
    with_.mails().searches().search(
        std::move(search),
        is_of_attempts ? [](const rig::mail_search::made_facts&) {} : keeper_of_facts(*where_),
        std::move(take));
  }

  [[nodiscard]] static finding judge_mails(const mails_claim& what,
                                           const rig::search_result& result) {
    std::uint64_t count = 0;
    std::string ids;
    for (const rig::search_hit& each : result.hits) {
      if (what.what == mails_claim::kind::mailbox && !is_in_mailbox(*each.entry.mail, what.mailbox))
        continue;
      if (++count <= 5)
        ids += (ids.empty() ? ": " : ", ") + model::to_string(each.entry.mail->id());
    }
    return {what.count.holds(count), std::to_string(count) + " found" + ids};
  }

  [[nodiscard]] bool is_met() const {
    const auto met = [](const finding& each) { return each.is_met; };
    return claims_.join == claims::how::all ? std::all_of(found_.begin(), found_.end(), met)
                                            : std::any_of(found_.begin(), found_.end(), met);
  }

  void conclude() {
    const model::duration waited = with_.rigs().clock().now() - began_;
    const bool is_over = waited >= claims_.within || !with_.all().after;
    const bool is_held_on = std::any_of(claims_.each.begin(), claims_.each.end(), is_held);
    if (is_over || (is_met() && !is_held_on)) return answer_with(waited);
    const auto rest = std::min<model::duration>(claims_.within - waited, between_looks);
    with_.all().after(rest, [self = shared_from_this()] { self->look(); });
  }

  void answer_with(model::duration waited) {
    const bool met = is_met();
    json_writer json;
    json.open_object();
    if (!met) {
      json.field("type", "urn:mailrig:problem:not_verified");
      json.field("title", "What was claimed is not so").field("status", 412);
      json.field("detail", detail());
    }
    json.field("met", met).field("waited_ms", waited.count()).key("claims").open_array();
    for (std::size_t i = 0; i < found_.size(); ++i) {
      json.open_object().field("claim", text_of(claims_.each[i]));
      json.field("met", found_[i].is_met).field("evidence", found_[i].evidence).close_object();
    }
    json.close_array().close_object();
    answer result = json_answer(json.take());
    if (!met) {
      result.status = 412;
      result.content_type = "application/problem+json";
    }
    done_(std::move(result));
  }

  [[nodiscard]] std::string detail() const {
    std::string text = claims_.join == claims::how::any ? "None of the claims is so." : "";
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (found_[i].is_met) continue;
      text += (text.empty() ? "Claimed: " : " Claimed: ") + text_of(claims_.each[i]) +
              ". Found: " + found_[i].evidence + '.';
    }
    return text;
  }

  std::shared_ptr<rig::rig> where_;
  claims claims_;
  context& with_;
  answer_callback done_;
  model::instant began_;
  std::vector<finding> found_;
  std::array<std::unique_ptr<rig::chains>, 3> chains_;
  bool is_gone_ = false;
};

}  // namespace

void verify(const request& asked, context& with, answer_callback done) {
  auto read = read_claims(asked);
  if (auto* refused = std::get_if<answer>(&read)) return done(std::move(*refused));
  const auto one = std::make_shared<verification>(asked.holds, std::get<claims>(std::move(read)),
                                                  with, std::move(done));
  asked.when_gone = [one] { one->give_up(); };
  one->look();
}

}  // namespace mailrig::inspector
