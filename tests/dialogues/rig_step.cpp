#include "tests/dialogues/rig_step.hpp"

#include "tests/dialogues/expectation.hpp"

#include <string>
#include <vector>

namespace mailrig::dialogue {
namespace {

void store_mail(const std::vector<std::string>& words, world& in) {
  std::string rcpt;
  std::string text;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.starts_with("rcpt=")) {
      rcpt = unescape(word.substr(5));
    } else if (word.starts_with("text=")) {
      text = unescape(word.substr(5));
    } else {
      throw script_error("a mail has rcpt= and text=, not " + words[i]);
    }
  }
  in.add_mail(rcpt, text);
}

void delete_message(const std::string& which, world& in) {
  if (which == "all") {
    return in.remove_all_messages();
  }
  const store::entry found = in.home().messages().get(parse_octets(which));
  if (!found.mail || !in.home().remove(found.mail->id()))
    throw script_error("there is no message " + which);
}

void carry_out(std::string_view text, world& in) {
  const std::vector<std::string> words = split_words(text);
  const std::string verb = words.empty() ? "" : words.front();
  if (verb == "mail") return store_mail(words, in);
  if (verb == "delete" && words.size() == 2) return delete_message(words[1], in);
  if (verb == "evict" && words.size() == 1) {
    if (!in.home().evict_oldest()) throw script_error("there is nothing to evict");
    return;
  }
  throw script_error("in the rig can happen: mail, delete N, delete all, evict");
}

}  // namespace

void carry_out_in_rig(const step& what, world& in) {
  for (std::size_t i = 1; i <= what.times; ++i) carry_out(with_number(what.text, i), in);
}

}  // namespace mailrig::dialogue
