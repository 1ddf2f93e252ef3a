// GET /v1/openapi.json: the description of this API, written by hand and held against the router by
// a test.
#include "webui/inspector/handlers.hpp"

extern "C" {
extern const char mailrig_openapi_begin[];
extern const char mailrig_openapi_end[];
}

namespace mailrig::inspector {

void get_openapi(const request&, context&, answer_callback done) {
  answer result;
  result.content_type = "application/json";
  result.borrowed = {mailrig_openapi_begin,
                     static_cast<std::size_t>(mailrig_openapi_end - mailrig_openapi_begin)};
  done(std::move(result));
}

}  // namespace mailrig::inspector
