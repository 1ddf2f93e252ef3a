// What holds for a search, whatever the query and whatever the mail:
//
//   1. a query is refused at a place that it has, or what it is shown as is read as the same again;
//   2. what is known before does not change the answer: with facts that are kept, without them, and
//   without the mail at hand, where the answer may stay open;
//   3. a mail that is taken for plain reads as its octets, and has no HTML and no files;
//   4. links and codes are bounded, and codes have 4 to 8 signs;
//   5. no look behind the end of anything (the sanitizers see that).
//
// Input: the query, a line end, the mail.
#include "capture/mime/codes.hpp"
#include "capture/mime/links.hpp"
#include "capture/mime/plain_mail.hpp"
#include "capture/model/mail_builder.hpp"
#include "capture/rig/matcher.hpp"
#include "capture/rig/near_miss.hpp"
#include "capture/rig/query_parser.hpp"
#include "tests/contract/make_mail.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace mailrig;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

model::mail_ref make_mail(std::string_view octets) {
  static store::contract::endless_budget budget;
  static std::uint64_t count = 0;
  model::mail_builder builder(budget, {"a@x.test", "", {{"b@x.test", "", 250, {2, 1, 5}, "Ok"}}},
                              0);
  builder.append(octets);
  model::attempt_facts facts;
  facts.attempt = {1, ++count};
  facts.result = model::outcome::accepted;
  return builder.finish(facts, "");
}

rig::query parsed(std::string_view text) {
  auto read = rig::parse_query(text);
  if (const auto* wrong = std::get_if<rig::query_error>(&read)) {
    require(wrong->position <= text.size() + 1 && !wrong->detail.empty(), "an error has its place");
    return {};
  }
  auto made = std::get<rig::query>(std::move(read));
  const std::string shown = rig::text_of(made);
  if (shown.size() > rig::max_query_octets) return made;
  const auto again = rig::parse_query(shown);
  require(std::holds_alternative<rig::query>(again), "what is shown is a query");
  require(rig::text_of(std::get<rig::query>(again)) == shown, "and the same one");
  return made;
}

void check_answers(const rig::query& wanted, const model::mail_record& mail) {
  rig::text_cache cache(1 << 20);
  const rig::rig_facts around;
  rig::matcher held(wanted, around);
  rig::mail_source fresh(mail, cache);
  const rig::verdict first = held.match({mail}, &fresh);
  require(first != rig::verdict::unknown, "with the mail there is an answer");
  rig::mail_source again(mail, cache);
  const std::string facts(again.facts(rig::fact_limits::kept));
  require(held.match({mail, &facts}, &again) == first, "facts do not change it");
  for (const std::string* known : {static_cast<const std::string*>(nullptr), &facts}) {
    const rig::verdict blind = held.match({mail, known}, nullptr);
    require(blind == rig::verdict::unknown || blind == first, "nor does not reading it");
  }
}

void check_plain(std::string_view octets, const mime::message_view& view) {
  const auto plain = mime::as_plain_mail(octets);
  if (!plain) return;
  std::string text;
  for (std::size_t at = 0; at < plain->body.size(); ++at) {
    const bool is_crlf = plain->body.substr(at).starts_with("\r\n");
    if (!is_crlf) text += plain->body[at] == '\r' ? '\n' : plain->body[at];
  }
  require(view.text == text && view.html.empty(), "a plain mail is its octets");
  require(std::none_of(view.parts.begin(), view.parts.end(),
                       [](const mime::part& one) { return one.is_attachment; }),
          "a plain mail has no files");
}

void check_finds(const mime::message_view& view) {
  require(mime::find_links(view).size() <= mime::max_links, "links are bounded");
  const auto codes = mime::find_codes(view);
  require(codes.size() <= mime::max_codes, "codes are bounded");
  for (const mime::code& each : codes)
    require(each.value.size() >= 4 && each.value.size() <= 8, "a code has 4 to 8 signs");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const rig::query wanted = parsed(input.substr(0, end));
  const std::string_view octets = input.substr(std::min(end + 1, input.size()));
  const model::mail_ref mail = make_mail(octets);
  check_answers(wanted, *mail);
  const mime::message_view view = mime::read(octets);
  check_plain(octets, view);
  check_finds(view);
  return 0;
}
