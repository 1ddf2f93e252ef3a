// Mails that can be told apart, for tests of stores.
#pragma once

#include "capture/model/mail_builder.hpp"

#include <cstdint>
#include <string>

namespace mailrig::store::contract {

class endless_budget final : public model::memory_budget {
 public:
  [[nodiscard]] bool take(std::size_t) override { return true; }
  void give_back(std::size_t) override {}
};

// The n-th mail: its id, its sender and its text say n.
inline model::mail_ref make_mail(std::uint64_t n, std::string text = {}) {
  static endless_budget budget;
  const model::envelope envelope{
      "sender" + std::to_string(n) + "@a.test", "", {{"bob@b.test", "", 250, {2, 1, 5}, "Ok"}}};
  model::mail_builder builder(budget, envelope, 0);
  builder.append(text.empty() ? "mail " + std::to_string(n) : text);
  model::attempt_facts facts;
  facts.attempt = {7, n};
  facts.result = model::outcome::accepted;
  return builder.finish(facts, "");
}

}  // namespace mailrig::store::contract
