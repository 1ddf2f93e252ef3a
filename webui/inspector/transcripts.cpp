// GET /v1/sessions/{id}/transcript.txt.
#include "capture/rig/rig_table.hpp"
#include "webui/inspector/handlers.hpp"
#include "webui/inspector/transcript_text.hpp"

#include <algorithm>

namespace mailrig::inspector {

void get_transcript(const request& asked, context& with, answer_callback done) {
  const auto& sessions = asked.rig->sessions();
  const auto id = model::parse_id(asked.captures.front());
  const auto found = std::find_if(sessions.rbegin(), sessions.rend(),
                                  [&id](const auto& each) { return id && each->id == *id; });
  if (found == sessions.rend())
    return done(problem(404, "unknown_session", "There is no such session",
                        "The rig \"" + asked.rig->name() + "\" knows no session \"" +
                            asked.captures.front() + "\". GET " + asked.base +
                            "/sessions lists those that it knows."));
  answer result;
  result.content_type = "text/plain; charset=utf-8";
  result.text = transcript_text(**found, with.rigs().transcripts().read((*found)->transcript));
  done(std::move(result));
}

}  // namespace mailrig::inspector
