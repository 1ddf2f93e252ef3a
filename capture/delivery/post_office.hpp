// What becomes of accepted mail. Today every mail is delivered: it goes into the store. Rules of
// the stage `deliver`, mailboxes and generated mail have their place here.
#pragma once

#include "capture/model/mail_record.hpp"
#include "capture/store/store.hpp"

#include <functional>
#include <optional>

namespace mailrig::delivery {

class post_office {
 public:
  explicit post_office(store::store& messages) : messages_(messages) {}

  // `done` is called once, at once or later; nothing means that the store had no room.
  void take(model::mail_ref mail, std::function<void(std::optional<store::put_result>)> done);

 private:
  store::store& messages_;
};

}  // namespace mailrig::delivery
